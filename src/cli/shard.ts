import { crc32 } from '../integrity/crc32.ts';

/** One share of a fleet: shard `index` of `count`, counted from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Reads `I/N` with `0 ≤ I < N`; `undefined` for anything else. */
export function parseShard(text: string): Shard | undefined {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim());
  if (match === null) return undefined;
  const index = Number(match[1]);
  const count = Number(match[2]);
  return index < count ? { index, count } : undefined;
}

/**
 * Whether a database falls into a shard. The hash is of the name alone, so that adding a database moves no
 * other, and it must never change: two releases at work at once would do one database twice.
 */
export function inShard(database: string, shard: Shard): boolean {
  return crc32(database) % shard.count === shard.index;
}
