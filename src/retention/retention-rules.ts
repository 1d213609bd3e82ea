import { type PeriodUnit, periodLabel } from './calendar-period.ts';
import type { Entry } from './dated-backup.ts';
import { type RetentionPolicy, withinRule } from './retention-policy.ts';
import { subtractDuration, type ZonedTime } from './zoned-time.ts';

// Each rule walks the archives from the newest to the oldest and writes a reason on those that it keeps.
// None looks at what another has kept, and none counts an archive that it does not keep. So taking away
// what no rule keeps, or a part of it, changes nothing for the rest: a deletion may stop halfway and be
// planned again.

/**
 * The newest `count` backups. A second archive of a backup (one id under two times) takes no place of its
 * own: seven means seven backups.
 */
export function lastRule(entries: readonly Entry[], count: number): void {
  for (const [index, entry] of newestBackups(entries, count).entries()) {
    entry.reasons.push(`last ${index + 1}/${count}`);
  }
}

/** How many periods of each unit keep their last archive. */
export type PeriodCounts = readonly (readonly [unit: PeriodUnit, count: number])[];

/** `periodRule` for each unit, with the wall times, which are dear, worked out once and as far as a rule looks. */
export function periodRules(entries: readonly Entry[], counts: PeriodCounts, zone: ZonedTime): void {
  const wallTimes: number[] = [];
  const wallTimeAt = (index: number, { time }: Entry) => {
    wallTimes[index] ??= zone.wallTime(time);
    return wallTimes[index];
  };
  for (const [unit, count] of counts) periodRule(entries, wallTimeAt, unit, count);
}

/**
 * The last archive of each of the newest `count` periods that have one. While the count is not used up,
 * the oldest archive of all stays too, so that the history goes back as far as it can (as in restic since
 * 0.16: https://github.com/restic/restic/issues/3624).
 *
 * Clocks put back across midnight (St. John's did so at 00:01 until 2011) make a day end twice. restic
 * counts such a day twice; here it counts once, with its last archive.
 */
function periodRule(
  entries: readonly Entry[],
  wallTimeAt: (index: number, entry: Entry) => number,
  unit: PeriodUnit,
  count: number,
): void {
  let kept = 0;
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (kept >= count) return;
    const period = periodLabel(unit, wallTimeAt(index, entry));
    const isLastOfPeriod = !seen.has(period);
    if (!isLastOfPeriod && index < entries.length - 1) continue;
    seen.add(period);
    kept += 1;
    entry.reasons.push(`${unit} ${period}${isLastOfPeriod ? '' : ' (oldest)'}`);
  }
}

/**
 * Everything after the instant that lies `keepWithin` before the newest archive, which itself stays.
 * Archives in the future do not count as the newest here, as in restic: one wrong clock would otherwise
 * push all others out. They stay, being after that instant.
 */
export function withinTimeRule(
  entries: readonly Entry[],
  policy: RetentionPolicy,
  zone: ZonedTime,
  now: number,
): void {
  const rule = withinRule(policy);
  if (rule === undefined) return;
  const newest = entries.find(({ time }) => time <= now);
  const start =
    newest === undefined ? Number.NEGATIVE_INFINITY : subtractDuration(newest.time, rule.duration, zone);
  for (const entry of entries) {
    if (entry.time <= start) return;
    entry.reasons.push(`within ${rule.text}`);
  }
}

/**
 * What no policy removes: the newest archive, and the `minKeep` newest backups. Both are counted twice,
 * over all archives and over those that are not in the future, so that wrong future stamps cannot take
 * the places of true archives.
 */
export function guardRule(entries: readonly Entry[], minKeep: number, now: number): void {
  const past = entries.filter(({ time }) => time <= now);
  for (const [reason, count] of [
    ['minKeep', minKeep],
    ['newest', 1],
  ] as const) {
    const guarded = new Set([...newestBackups(entries, count), ...newestBackups(past, count)]);
    for (const entry of guarded) entry.reasons.push(reason);
  }
}

/** The newest archive of each of the newest `limit` backups. */
function newestBackups(entries: readonly Entry[], limit: number): Entry[] {
  const newest = new Map<string, Entry>();
  for (const entry of entries) {
    if (newest.size >= limit) break;
    if (!newest.has(entry.archive.backupId)) newest.set(entry.archive.backupId, entry);
  }
  return [...newest.values()];
}
