import type { ScheduleContext, ScheduledDatabase } from './scheduled-database.ts';

/** A slot whose time has come. */
export interface DueSlot {
  /** Milliseconds since the epoch; the last of those that have passed. */
  readonly slot: number;
  /** Whether the process was not there for it: it worked, or the machine slept. */
  readonly isLate: boolean;
}

/** A timer that runs for a day drifts, and sleeps through a suspended machine: so look at the clock again. */
export const LOOK_EVERY = 5 * 60_000;
/** A slot begun later than this is one that the process was not there for. */
const ON_TIME = 2 * LOOK_EVERY;

/**
 * Waits for the first slot after `settled`.
 * @returns `undefined` where there is none
 * @throws the signal's reason
 */
export async function awaitSlot(
  database: ScheduledDatabase,
  context: ScheduleContext,
  settled: number,
  signal: AbortSignal,
): Promise<DueSlot | undefined> {
  const { clock } = context;
  const { slots } = database;
  for (let from = settled; ; ) {
    // A line about the next slot after the one about the stop would be wrong.
    signal.throwIfAborted();
    from = adjustToClock(database, context, from);
    const slot = slots.next(from);
    if (slot === undefined) return undefined;
    const startsAt = slot + jitterOf(database, context, slot);
    if (clock.now() < slot) logNext(database, context, slot, startsAt);
    if (!(await sleepUntil(startsAt, () => isSetBack(database, context, from), context, signal))) continue;
    const now = clock.now();
    const last = Math.max(slot, slots.latest(now) ?? slot);
    return { slot: last, isLate: now - (last === slot ? startsAt : last) > ON_TIME };
  }
}

/**
 * A clock that was set back goes through its slots again. The one that was just dealt with is not done
 * twice; when there are others before it, the clock had been wrong by more than that, and what it says now
 * counts: a schedule that went on from the wrong time might sleep for years.
 */
function isSetBack({ slots }: ScheduledDatabase, { clock }: ScheduleContext, settled: number): boolean {
  const now = clock.now();
  return now < settled && slots.next(now) !== settled;
}

function adjustToClock(database: ScheduledDatabase, context: ScheduleContext, settled: number): number {
  if (!isSetBack(database, context, settled)) return settled;
  const now = context.clock.now();
  context.log.warn(
    'schedule.clock_set_back',
    { from: iso(settled), to: iso(now) },
    `${database.name}: the clock was set back; the schedule goes on from its time`,
  );
  return now;
}

/** Slots must not pass while one waits for its start. */
function jitterOf({ slots, jitter }: ScheduledDatabase, { random }: ScheduleContext, slot: number): number {
  const room = (slots.next(slot) ?? Number.POSITIVE_INFINITY) - slot;
  return Math.floor(random() * Math.min(jitter, room));
}

/** @returns false when `isVoid` has come true on the way */
async function sleepUntil(
  time: number,
  isVoid: () => boolean,
  { clock }: ScheduleContext,
  signal: AbortSignal,
): Promise<boolean> {
  for (let left = time - clock.now(); left > 0; left = time - clock.now()) {
    await clock.sleep(Math.min(left, LOOK_EVERY), signal);
    if (isVoid()) return false;
  }
  signal.throwIfAborted();
  return true;
}

function logNext(
  { name }: ScheduledDatabase,
  { log }: ScheduleContext,
  slot: number,
  startsAt: number,
): void {
  const fields = { slot: iso(slot), startsAt: iso(startsAt) };
  log.info('schedule.next', fields, `${name}: next run at ${iso(startsAt)}`);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
