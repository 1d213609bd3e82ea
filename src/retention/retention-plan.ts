import { ArchiverError } from '../model/errors.ts';
import type { DatedBackup, Entry } from './dated-backup.ts';
import { assertPolicy, hasRules, type RetentionPolicy } from './retention-policy.ts';
import { guardRule, lastRule, type PeriodCounts, periodRules, withinTimeRule } from './retention-rules.ts';
import { zonedTime } from './zoned-time.ts';

export interface RetentionOptions {
  /** The present: archives stamped later do not move the start of `keepWithin`, nor use up a guard. */
  readonly now: Date;
}

export interface RetentionDecision<T extends DatedBackup> {
  readonly archive: T;
  readonly keep: boolean;
  /**
   * Every reason that applies, never empty: `last 3/7`, `daily 2018-09-02`, `weekly 2018-W35`,
   * `monthly 2018-09`, `yearly 2018` (each of these four may end in ` (oldest)`), `within 90d`, `minKeep`,
   * `newest`, `no policy`; for what goes, `no rule keeps it`.
   */
  readonly reasons: readonly string[];
}

export interface RetentionPlan<T extends DatedBackup> {
  /** One for each archive, newest first. */
  readonly decisions: readonly RetentionDecision<T>[];
  /** Newest first. */
  readonly keep: readonly T[];
  /** Newest first. They may be deleted in any order, and some of them only: a later plan says the same. */
  readonly remove: readonly T[];
  /** How many archives each kind of reason applies to, without numbers and dates: `daily`, `no policy`. */
  readonly reasonCounts: Readonly<Record<string, number>>;
}

const NOT_KEPT = 'no rule keeps it';
const NO_POLICY = 'no policy';

/**
 * Decides for every archive of one database whether it stays, and why. The order of `archives` does not
 * matter; an archive that occurs twice (same second, same backup id) is decided once.
 *
 * Times count in whole seconds, as in the archives' keys, so that a plan made with the API's times agrees
 * with one made from a listing.
 * @throws ArchiverError `retention.invalid`: a policy, a time zone or a time that means nothing
 */
export function planRetention<T extends DatedBackup>(
  archives: readonly T[],
  policy: RetentionPolicy,
  options: RetentionOptions,
): RetentionPlan<T> {
  assertPolicy(policy);
  const zone = zonedTime(policy.timezone);
  const now = timeOf(options.now, 'the present');
  const entries = newestFirst(archives);

  if (!hasRules(policy)) {
    for (const entry of entries) entry.reasons.push(NO_POLICY);
    return toPlan(entries);
  }
  lastRule(entries, policy.keepLast);
  const periods: PeriodCounts = [
    ['daily', policy.keepDaily],
    ['weekly', policy.keepWeekly],
    ['monthly', policy.keepMonthly],
    ['yearly', policy.keepYearly],
  ];
  periodRules(entries, periods, zone);
  withinTimeRule(entries, policy, zone, now);
  guardRule(entries, policy.minKeep, now);
  return toPlan(entries);
}

/** Newest first, in the total order of time and then backup id, each archive once. */
function newestFirst<T extends DatedBackup>(archives: readonly T[]): Entry<T>[] {
  const entries = new Map<string, Entry<T>>();
  for (const archive of archives) {
    const ms = timeOf(archive.createdAt, `backup ${archive.backupId}`);
    const time = Math.floor(ms / 1000) * 1000;
    entries.set(`${time} ${archive.backupId}`, { archive, time, reasons: [] });
  }
  // No two have the same time and the same id.
  return [...entries.values()].sort(
    (a, b) => b.time - a.time || (a.archive.backupId < b.archive.backupId ? 1 : -1),
  );
}

function toPlan<T extends DatedBackup>(entries: readonly Entry<T>[]): RetentionPlan<T> {
  const keep: T[] = [];
  const remove: T[] = [];
  const reasonCounts: Record<string, number> = {};
  const decisions = entries.map(({ archive, reasons }): RetentionDecision<T> => {
    const stays = reasons.length > 0;
    (stays ? keep : remove).push(archive);
    const all = stays ? reasons : [NOT_KEPT];
    for (const reason of all) {
      const kind = reasonKind(reason);
      reasonCounts[kind] = (reasonCounts[kind] ?? 0) + 1;
    }
    return { archive, keep: stays, reasons: all };
  });
  return { decisions, keep, remove, reasonCounts };
}

/** `daily 2018-09-02` is of the kind `daily`; what has no number is a kind itself. */
function reasonKind(reason: string): string {
  return reason.replace(/ \d.*/, '');
}

function timeOf(date: Date, whose: string): number {
  const ms = date.getTime();
  if (Number.isNaN(ms)) {
    throw new ArchiverError('retention.invalid', `the time of ${whose} is not a time`, {
      hint: 'Nothing was removed: archives cannot be put in order without their times.',
    });
  }
  return ms;
}
