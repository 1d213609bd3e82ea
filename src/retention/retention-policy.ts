import { ArchiverError } from '../model/errors.ts';
import { type CalendarDuration, isZeroDuration, parseCalendarDuration } from './calendar-duration.ts';

/**
 * What stays, in restic's meanings (https://restic.readthedocs.io/en/stable/060_forget.html). An archive
 * stays when any rule keeps it. A rule of 0 keeps nothing by itself, and no rule at all keeps everything.
 */
export interface RetentionPolicy {
  /** The newest backups, whatever their days. */
  readonly keepLast: number;
  /** The last archive of each of so many days, of which only days that have one count. */
  readonly keepDaily: number;
  /** The same of ISO 8601 weeks: Monday to Sunday. */
  readonly keepWeekly: number;
  readonly keepMonthly: number;
  readonly keepYearly: number;
  /** `90d`, `18mo`, `2y`, `1y6mo`: everything of that time before the newest archive. Zero is no rule. */
  readonly keepWithin: string | undefined;
  /** A guard, not a rule: so many of the newest stay whatever the rules say. At least 1. */
  readonly minKeep: number;
  /** An IANA time zone: where days, weeks, months and years begin. */
  readonly timezone: string;
}

/** `keepWithin` as read; `undefined` where it is absent or zero. */
export interface WithinRule {
  readonly text: string;
  readonly duration: CalendarDuration;
}

/** Whether any rule is set. Without one nothing is ever removed; `minKeep` alone is no rule. */
export function hasRules(policy: RetentionPolicy): boolean {
  return (
    policy.keepLast !== 0 ||
    policy.keepDaily !== 0 ||
    policy.keepWeekly !== 0 ||
    policy.keepMonthly !== 0 ||
    policy.keepYearly !== 0 ||
    withinRule(policy) !== undefined
  );
}

/** @throws ArchiverError `retention.invalid` where `keepWithin` cannot be read */
export function withinRule({ keepWithin }: RetentionPolicy): WithinRule | undefined {
  if (keepWithin === undefined) return undefined;
  const text = keepWithin.trim();
  const duration = parseCalendarDuration(text);
  if (duration === undefined) {
    throw invalid(`keepWithin "${text}" is no duration such as 90d, 18mo, 2y or 1y6mo`);
  }
  return isZeroDuration(duration) ? undefined : { text, duration };
}

/**
 * Refuses numbers that no rule can mean. The configuration has done so before; it is done again here
 * because NaN, which compares as false with everything, would keep nothing.
 * @throws ArchiverError `retention.invalid`
 */
export function assertPolicy(policy: RetentionPolicy): void {
  for (const rule of ['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'] as const) {
    const count = policy[rule];
    if (!Number.isSafeInteger(count) || count < 0) {
      throw invalid(`${rule} is ${count}: a whole number from 0 is wanted`);
    }
  }
  if (!Number.isSafeInteger(policy.minKeep) || policy.minKeep < 1) {
    throw invalid(`minKeep is ${policy.minKeep}: at least 1 is wanted`);
  }
}

function invalid(why: string): ArchiverError {
  return new ArchiverError('retention.invalid', `the retention policy cannot be used: ${why}`, {
    hint: 'Nothing was removed. Correct the keys under "retention".',
  });
}
