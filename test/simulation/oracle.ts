import type { DatedBackup } from '../../src/retention/dated-backup.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';
import { naivelyKept } from '../retention/naive-policy.ts';

const DAY = 86_400_000;

/**
 * Which archives a policy keeps, worked out by another road than the program's own: for archives of which no two are of
 * one backup, and a `keepWithin` in days of UTC.
 * @param now milliseconds
 */
export function keptBy(
  archives: readonly DatedBackup[],
  policy: RetentionPolicy,
  now: number,
): ReadonlySet<string> {
  const { keepLast, keepDaily, keepWeekly, keepMonthly, keepYearly, keepWithin, minKeep } = policy;
  const counts = keepLast + keepDaily + keepWeekly + keepMonthly + keepYearly;
  if (counts === 0 && keepWithin === undefined) return new Set(archives.map(({ backupId }) => backupId));
  const inSeconds = archives.map(({ backupId, createdAt }) => ({
    backupId,
    createdAt: new Date(Math.floor(createdAt.getTime() / 1000) * 1000),
  }));
  const newestFirst = inSeconds.toSorted(
    (a, b) => +b.createdAt - +a.createdAt || (a.backupId < b.backupId ? 1 : -1),
  );
  const past = newestFirst.filter(({ createdAt }) => +createdAt <= now);
  const kept = [
    ...naivelyKept(inSeconds, policy),
    ...newestFirst.slice(0, Math.max(minKeep, 1)),
    ...past.slice(0, Math.max(minKeep, 1)),
  ];
  if (keepWithin !== undefined) {
    const from = +(past[0]?.createdAt ?? 0) - Number.parseInt(keepWithin, 10) * DAY;
    kept.push(...newestFirst.filter(({ createdAt }) => +createdAt > from));
  }
  return new Set(kept.map(({ backupId }) => backupId));
}
