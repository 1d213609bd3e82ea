import type { Random } from '../../src/ports/clock.ts';
import { DAY, type DaemonInProcess, HOUR, MINUTE } from '../e2e/daemon-in-process.ts';

export const KINDS = ['daemon', 'scalingo', 'bucket'] as const;

/** Something is out of order from one time to another, in milliseconds since the epoch. */
export interface Outage {
  readonly kind: (typeof KINDS)[number];
  readonly from: number;
  readonly to: number;
}

/**
 * Outages of ten minutes to three days, of every kind, all over by the last slot. Every other one begins
 * within a minute of a slot, to fall into the middle of a run.
 */
export function randomOutages(count: number, slots: readonly number[], random: Random): Outage[] {
  const first = slots[0] ?? 0;
  const last = slots.at(-2) ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const slot = slots[Math.floor(random() * slots.length)] ?? first;
    const from = Math.floor(
      index % 2 === 0 ? first + random() * (last - first) : slot + (random() - 0.2) * MINUTE,
    );
    const length = 10 * MINUTE + random() ** 3 * (3 * DAY);
    return {
      kind: KINDS[index % KINDS.length] ?? 'daemon',
      from,
      to: Math.min(Math.floor(from + length), last + DAY / 2),
    };
  });
}

/** Has the outages happen while the clock runs; those of one kind that overlap are one. */
export async function haveOutages(daemon: DaemonInProcess, outages: readonly Outage[]): Promise<void> {
  const { clock } = daemon;
  const now = clock.now();
  let mendBucket = () => {};
  const begin: Record<Outage['kind'], () => unknown> = {
    daemon: () => daemon.stop(),
    scalingo: () => daemon.breakScalingo(true),
    bucket: () => {
      mendBucket = daemon.breakBucket();
    },
  };
  const end: Record<Outage['kind'], () => void> = {
    daemon: () => daemon.start(),
    scalingo: () => daemon.breakScalingo(false),
    bucket: () => mendBucket(),
  };
  const merged = KINDS.flatMap((kind) => union(outages.filter((outage) => outage.kind === kind)));
  await Promise.all(
    merged.map(async ({ kind, from, to }) => {
      await clock.sleep(from - now);
      await begin[kind]();
      await clock.sleep(to - clock.now());
      end[kind]();
    }),
  );
}

/** Outages of one kind, those that touch made one; an hour between two, for the daemon to end and to begin. */
export function union(outages: readonly Outage[]): Outage[] {
  const merged: Outage[] = [];
  for (const outage of outages.toSorted((a, b) => a.from - b.from)) {
    const before = merged.at(-1);
    if (before === undefined || outage.from > before.to + HOUR) merged.push(outage);
    else merged[merged.length - 1] = { ...before, to: Math.max(before.to, outage.to) };
  }
  return merged;
}

/** Whether any outage touches the time from `from` to `to`. */
export function touches(outages: readonly Outage[], from: number, to: number): boolean {
  return outages.some((outage) => outage.from <= to && outage.to >= from);
}
