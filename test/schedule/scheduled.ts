import { keepSchedule } from '../../src/schedule/keep-schedule.ts';
import type { RunEnd, ScheduledDatabase } from '../../src/schedule/scheduled-database.ts';
import { Slots } from '../../src/schedule/slots.ts';
import { S3Error } from '../../src/stores/s3/client/s3-error.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type LoggedEvent, memoryLog } from '../support/memory-log.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface ScheduleSpec {
  readonly start: string;
  readonly cron?: string;
  readonly timezone?: string;
  readonly jitter?: number;
  readonly runOnStart?: boolean;
  /** Default: as the configuration has it, true. */
  readonly catchUp?: boolean;
  /** `archivedAt` of the newest archive, or that the bucket cannot be asked; default: just archived. */
  readonly archivedAt?: () => string | undefined | 'unreachable' | 'begun';
  /** Milliseconds; default: never. */
  readonly retryAfter?: number;
  /** What one run does; default: nothing, at once. */
  readonly work?: (clock: FakeClock, signal: AbortSignal) => Promise<RunEnd> | Promise<void>;
  readonly random?: () => number;
}

/** One database's schedule on a clock of its own, and what came of it. */
export interface Scheduled {
  readonly clock: FakeClock;
  /** `2026-06-01T03:00Z schedule`: when each run began, and why. */
  readonly runs: string[];
  /** What each run was told to take for done: archives since then. */
  readonly since: string[];
  readonly events: readonly LoggedEvent[];
  /** Runs at once, at most. */
  readonly peak: () => number;
  stop(): Promise<unknown>;
}

export function startSchedule(spec: ScheduleSpec, clock = new FakeClock({ start: spec.start })): Scheduled {
  const { log, events } = memoryLog();
  const stopping = new AbortController();
  const runs: string[] = [];
  const since: string[] = [];
  let running = 0;
  let peak = 0;
  const database: ScheduledDatabase = {
    name: 'shop',
    slots: new Slots(spec.cron ?? '0 3 * * *', spec.timezone ?? 'UTC'),
    jitter: spec.jitter ?? 0,
    runOnStart: spec.runOnStart ?? false,
    catchUp: spec.catchUp ?? true,
    retryAfter: spec.retryAfter ?? 0,
    newestArchivedAt: async () => {
      const answer = spec.archivedAt === undefined ? new Date(clock.now()).toISOString() : spec.archivedAt();
      if (answer === 'unreachable') throw new S3Error('s3.network', 'no store', { operation: 'List' });
      return answer === undefined || answer === 'begun' ? answer : Date.parse(answer);
    },
    run: async (order, signal) => {
      runs.push(`${shortTime(clock.now())} ${order.trigger}`);
      since.push(shortTime(order.since));
      running += 1;
      peak = Math.max(peak, running);
      try {
        return (await spec.work?.(clock, signal)) ?? 'settled';
      } finally {
        running -= 1;
      }
    },
  };
  const context = { clock, random: spec.random ?? (() => 0.5), log };
  const ended = keepSchedule(database, context, stopping.signal).catch((error: unknown) => error);
  return {
    clock,
    runs,
    since,
    events,
    peak: () => peak,
    stop: () => {
      stopping.abort(new Error('stopped by the test'));
      return ended;
    },
  };
}

export function shortTime(time: number): string {
  return new Date(time).toISOString().replace(/(:00)?\.000Z$/, 'Z');
}
