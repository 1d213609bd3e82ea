import type { Clock, Random } from '../domain/clock.ts';
import { toArchiverError } from '../domain/errors.ts';
import type { EventLog } from '../domain/event-log.ts';
import type { Slots } from './slots.ts';

/** Why a run of a database begins. */
export type Trigger = 'schedule' | 'catch-up' | 'start';

export interface ScheduledDatabase {
  readonly name: string;
  readonly slots: Slots;
  /** Milliseconds: each slot starts up to this much later. */
  readonly jitter: number;
  readonly runOnStart: boolean;
  readonly catchUp: boolean;
  /** One run; it logs its own failures and never throws. */
  readonly run: (trigger: Trigger, signal: AbortSignal) => Promise<void>;
  /** `archivedAt` of the newest archive, in milliseconds; `undefined` where there is none. */
  readonly newestArchivedAt: (signal: AbortSignal) => Promise<number | undefined>;
}

export interface ScheduleContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
}

/** A timer that runs for a day drifts, and sleeps through a suspended machine: so look at the clock again. */
const LOOK_EVERY = 5 * 60_000;
/** Between two tries to learn from the bucket whether a slot was missed. */
const ASK_AGAIN = 60_000;
/** A slot begun later than this is one that the process was not there for. */
const ON_TIME = 2 * LOOK_EVERY;

/**
 * Keeps one database's schedule until the signal ends it. It runs at most once at a time, and once per slot:
 * slots that pass while it runs, or while the machine sleeps, are made up for by one run if `catchUp` is set.
 * @throws only the signal's reason
 */
export async function keepSchedule(
  database: ScheduledDatabase,
  context: ScheduleContext,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = context;
  // Slots at or before this one are dealt with.
  let settled = clock.now();
  const trigger = await triggerAtStart(database, context, signal);
  if (trigger !== undefined) await database.run(trigger, signal);
  for (;;) {
    const slot = database.slots.next(settled);
    if (slot === undefined) {
      log.warn('schedule.ended', {}, `${database.name}: the schedule has no further slot`);
      return;
    }
    const startsAt = slot + jitterOf(database, context);
    if (clock.now() < slot) logNext(log, database.name, slot, startsAt);
    await sleepUntil(startsAt, clock, signal);
    settled = Math.max(slot, database.slots.latest(clock.now()) ?? slot);
    const isLate = clock.now() - startsAt > ON_TIME;
    if (isLate && !database.catchUp) {
      log.warn(
        'schedule.skipped',
        { slot: iso(slot) },
        `${database.name}: the slot has passed and is not made up for`,
      );
      continue;
    }
    await database.run(isLate ? 'catch-up' : 'schedule', signal);
  }
}

async function triggerAtStart(
  database: ScheduledDatabase,
  context: ScheduleContext,
  signal: AbortSignal,
): Promise<Trigger | undefined> {
  if (database.runOnStart) return 'start';
  if (!database.catchUp) return undefined;
  return (await missedWhileDown(database, context, signal)) ? 'catch-up' : undefined;
}

/**
 * Whether the newest archive is older than the latest slot. A bucket that cannot be asked is asked again
 * until the next slot comes, which settles the question.
 */
async function missedWhileDown(
  database: ScheduledDatabase,
  { clock, log }: ScheduleContext,
  signal: AbortSignal,
): Promise<boolean> {
  const latest = database.slots.latest(clock.now());
  if (latest === undefined) return false;
  const until = database.slots.next(clock.now()) ?? Number.POSITIVE_INFINITY;
  for (;;) {
    try {
      const archivedAt = await database.newestArchivedAt(signal);
      if (archivedAt !== undefined && archivedAt >= latest) return false;
      log.info(
        'schedule.missed',
        { slot: iso(latest), newestArchivedAt: archivedAt === undefined ? null : iso(archivedAt) },
        `${database.name}: a slot was missed and is made up for now`,
      );
      return true;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      log.warn(
        'schedule.unknown',
        { error: toArchiverError(error) },
        `${database.name}: the bucket cannot say whether a slot was missed`,
      );
      if (clock.now() + ASK_AGAIN >= until) return false;
      await clock.sleep(ASK_AGAIN, signal);
    }
  }
}

function jitterOf({ jitter }: ScheduledDatabase, { random }: ScheduleContext): number {
  return Math.floor(random() * jitter);
}

async function sleepUntil(time: number, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let left = time - clock.now(); left > 0; left = time - clock.now()) {
    await clock.sleep(Math.min(left, LOOK_EVERY), signal);
  }
  signal.throwIfAborted();
}

function logNext(log: EventLog, name: string, slot: number, startsAt: number): void {
  log.info(
    'schedule.next',
    { slot: iso(slot), startsAt: iso(startsAt) },
    `${name}: next run at ${iso(startsAt)}`,
  );
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
