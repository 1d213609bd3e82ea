import { countStatuses, endOf, headline, type RunReport } from './run-report.ts';

/** Version of the body: a field that is removed or changes its meaning makes a new one; a further field does not. */
export const WEBHOOK_VERSION = 1;

/** The body of the webhook, as docs/notifications.md describes it. */
export function webhookBody(report: RunReport, archiver: string, text: string): Record<string, unknown> {
  const { runId, trigger, startedAt, finishedAt, outcomes } = report;
  const archives = outcomes.flatMap((outcome) => outcome.archives);
  return {
    version: WEBHOOK_VERSION,
    event: endOf(report),
    archiver,
    runId,
    trigger,
    startedAt: new Date(startedAt).toISOString(),
    finishedAt: new Date(finishedAt).toISOString(),
    durationMs: finishedAt - startedAt,
    summary: headline(report),
    text,
    ...countStatuses(report),
    bytes: archives.reduce((sum, { size }) => sum + size, 0),
    databases: outcomes.map(({ name, status, archives: made, error }) => ({
      name,
      status,
      archives: made,
      error: error === undefined ? null : { ...error, hint: error.hint ?? null },
    })),
  };
}
