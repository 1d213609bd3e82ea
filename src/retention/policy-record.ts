import type { RetentionPolicy } from './retention-policy.ts';

/** Which policy was carried out last on one database: content of `<prefix>.locks/<database>/retention.json`. */
export interface PolicyRecord {
  readonly version: 1;
  readonly database: string;
  readonly addonId: string;
  /** The rules, as `policyText` writes them. */
  readonly policy: string;
  /** ISO-8601; for people only. */
  readonly carriedOutAt: string;
}

/** The record of a policy that was carried out on a database, named by its id at its source. */
export function policyRecord(
  database: string,
  sourceId: string,
  policy: RetentionPolicy,
  carriedOutAt: Date,
): PolicyRecord {
  return {
    version: 1,
    database,
    addonId: sourceId,
    policy: policyText(policy),
    carriedOutAt: carriedOutAt.toISOString(),
  };
}

/** Whether both are of one policy on one database. */
export function isSamePolicy(a: PolicyRecord, b: PolicyRecord | undefined): boolean {
  return a.database === b?.database && a.addonId === b.addonId && a.policy === b.policy;
}

/** A policy as one line, equal for equal rules. */
export function policyText(policy: RetentionPolicy): string {
  const {
    keepLast,
    keepDaily,
    keepWeekly,
    keepMonthly,
    keepYearly,
    keepWithin = '0d',
    minKeep,
    timezone,
  } = policy;
  const rules = { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly, keepWithin, minKeep, timezone };
  return Object.entries(rules)
    .map(([rule, value]) => `${rule}=${value}`)
    .join(' ');
}

/** Reads a stored record; `undefined` for anything that is none. */
export function parsePolicyRecord(text: string): PolicyRecord | undefined {
  try {
    const { version, database, addonId, policy, carriedOutAt } = JSON.parse(text) as Record<string, unknown>;
    if (version !== 1 || typeof database !== 'string' || typeof addonId !== 'string') return undefined;
    if (typeof policy !== 'string' || typeof carriedOutAt !== 'string') return undefined;
    return { version, database, addonId, policy, carriedOutAt };
  } catch {
    return undefined;
  }
}
