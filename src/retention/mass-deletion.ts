import type { DatedBackup } from './dated-backup.ts';
import type { RetentionPlan } from './retention-plan.ts';

/** A plan that is not to be carried out unless it is asked for. */
export interface Refusal {
  /** Archives of the database that the plan decides about: what it keeps, and what it would delete. */
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
 * @param plan without what cannot be deleted anyway: that is no part of the count
 * @param options.force the deletion was asked for
 * @returns `undefined` where the plan may be carried out
 */
export function refusal(
  plan: Pick<RetentionPlan<DatedBackup>, 'keep' | 'remove'>,
  options: { readonly force: boolean },
): Refusal | undefined {
  const remove = plan.remove.length;
  const total = plan.keep.length + remove;
  if (options.force || remove * 2 <= total) return undefined;
  return {
    total,
    remove,
    keep: total - remove,
    reason: `it would delete ${remove} of ${total} archives at once, more than half`,
  };
}
