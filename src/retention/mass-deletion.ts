import type { DatedBackup } from './dated-backup.ts';
import type { RetentionPlan } from './retention-plan.ts';

/** A plan that is not to be carried out unless it is asked for. */
export interface Refusal {
  /** Archives of the database. */
  readonly total: number;
  /** How many of them the plan would delete: more than half. */
  readonly remove: number;
  readonly keep: number;
  /** For a message: `it would delete 20 of 30 archives at once, more than half`. */
  readonly reason: string;
}

/**
 * Refuses a plan that would delete more than half of a database's archives at once: more often a slip in
 * the policy than a wish. Exactly half passes, so that `keepLast: 1` works night after night.
 * @param options.force the deletion was asked for
 * @returns `undefined` where the plan may be carried out
 */
export function refusal(
  plan: RetentionPlan<DatedBackup>,
  options: { readonly force: boolean },
): Refusal | undefined {
  const total = plan.decisions.length;
  const remove = plan.remove.length;
  if (options.force || remove * 2 <= total) return undefined;
  return {
    total,
    remove,
    keep: total - remove,
    reason: `it would delete ${remove} of ${total} archives at once, more than half`,
  };
}
