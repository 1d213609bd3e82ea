/** How people call it. */
export const SERVICE_NAME = 'Scalingo';

/**
 * Manual backups that Scalingo keeps by plan before the oldest is deleted
 * (https://doc.scalingo.com/platform/databases/backup).
 */
export const KEPT_BY_PLAN = { starter: 10, business: 50 };

/** Types whose backups Scalingo makes but does not hand out, or does not make. */
const NOT_DOWNLOADABLE: Readonly<Record<string, string>> = {
  elasticsearch: 'Scalingo does not let Elasticsearch backups be downloaded.',
  opensearch: 'Scalingo does not let OpenSearch backups be downloaded.',
  'postgresql-ng': 'Dedicated PostgreSQL has no logical backups that could be downloaded.',
};

/** Manual backups kept on a plan, as the API names it. */
export function keptOnPlan(plan: string | null): number {
  return /business|enterprise/i.test(plan ?? '') ? KEPT_BY_PLAN.business : KEPT_BY_PLAN.starter;
}

/** Why backups of this type cannot be downloaded; `null` where they can. */
export function whyNotDownloadable(type: string): string | null {
  return Object.hasOwn(NOT_DOWNLOADABLE, type) ? (NOT_DOWNLOADABLE[type] ?? null) : null;
}
