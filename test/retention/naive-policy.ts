import type { DatedBackup } from '../../src/retention/dated-backup.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';

// The rules again, by another road: periods are the words that a date formatter writes, grouped; nothing
// is walked, counted down or numbered. For archives of which no two are of one backup.

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Which archives the counting rules keep: all but `keepWithin` and the guards. */
export function naivelyKept(archives: readonly DatedBackup[], policy: RetentionPolicy): Set<DatedBackup> {
  const newestFirst = archives.toSorted(
    (a, b) => Number(b.createdAt) - Number(a.createdAt) || (a.backupId < b.backupId ? 1 : -1),
  );
  const kept = new Set(newestFirst.slice(0, policy.keepLast));
  const dayOf = ({ createdAt }: DatedBackup) => localDate(createdAt, policy.timezone);
  for (const [count, periodOf] of [
    [policy.keepDaily, dayOf],
    [policy.keepWeekly, (archive: DatedBackup) => mondayBefore(dayOf(archive))],
    [policy.keepMonthly, (archive: DatedBackup) => dayOf(archive).slice(0, 7)],
    [policy.keepYearly, (archive: DatedBackup) => dayOf(archive).slice(0, 4)],
  ] as const) {
    // By the newest archive of each, not by the day's name: a clock put back across midnight (St. John's,
    // 00:01) makes the earlier day the later one for an hour.
    const periods = [...Map.groupBy(newestFirst, periodOf).values()];
    for (const [newest] of periods.slice(0, count)) if (newest !== undefined) kept.add(newest);
    const oldest = newestFirst.at(-1);
    if (oldest !== undefined && count > periods.length) kept.add(oldest);
  }
  return kept;
}

/** `2018-09-02`, on the wall. */
function localDate(time: Date, timeZone: string): string {
  const format =
    formatters.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  formatters.set(timeZone, format);
  return format.format(time);
}

/** The Monday of a date's week, by stepping back a day at a time. */
function mondayBefore(day: string): string {
  const date = new Date(`${day}T12:00Z`);
  while (date.getUTCDay() !== 1) date.setUTCDate(date.getUTCDate() - 1);
  return date.toISOString().slice(0, 10);
}
