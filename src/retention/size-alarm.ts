/** How many archives before it the newest is compared with; with fewer of them nothing is usual yet. */
const COMPARED = { least: 3, most: 7 } as const;

/** An archive that is far smaller than those before it: the database may have lost what was in it. */
export interface SizeAlarm {
  /** Bytes of the newest archive. */
  readonly size: number;
  /** Bytes: the median of the archives before it. */
  readonly median: number;
}

/**
 * Whether the newest archive is suspicious.
 * @param sizes bytes of the archives of one database, newest first
 * @param drop from 0 to 1: how much smaller than the median of those before it an archive is suspicious
 * @returns `undefined` where it is not
 */
export function sizeAlarm(sizes: readonly number[], drop: number): SizeAlarm | undefined {
  const [size, ...older] = sizes.slice(0, COMPARED.most + 1);
  if (size === undefined || older.length < COMPARED.least) return undefined;
  const sorted = older.sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
  return size <= median * (1 - drop) && size < median ? { size, median } : undefined;
}
