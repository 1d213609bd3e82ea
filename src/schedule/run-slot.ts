import { toArchiverError } from '../model/errors.ts';
import { LOOK_EVERY } from './await-slot.ts';
import type { RunEnd, RunOrder, ScheduleContext, ScheduledDatabase } from './scheduled-database.ts';

/** No wait between two runs of a slot is longer, unless `retryAfter` itself is. Milliseconds. */
const LONGEST_WAIT = 3_600_000;

/** A slot, and what its first run is to do. */
export interface SlotWork extends Omit<RunOrder, 'slotBegan'> {
  /** The slot, or the time of a run that belongs to none. Milliseconds since the epoch. */
  readonly slot: number;
}

/**
 * The runs of one slot: the first, and after it another for as long as what failed may pass and the next slot has
 * not come. All of them have the same `since`: what one of them has archived, none makes again.
 * @returns how the last of them ended
 * @throws only the signal's reason
 */
export async function runSlot(
  database: ScheduledDatabase,
  { slot, trigger, since }: SlotWork,
  context: ScheduleContext,
  signal: AbortSignal,
): Promise<RunEnd> {
  const { retryAfter, slots, name } = database;
  const { clock, log } = context;
  const next = slots.next(slot) ?? Number.POSITIVE_INFINITY;
  const slotBegan = clock.now();
  for (let attempt = 1; ; attempt++) {
    const order: RunOrder = { trigger: attempt === 1 ? trigger : 'retry', since, slotBegan };
    const end = await runOnce(database, order, context, signal);
    signal.throwIfAborted();
    if (end !== 'may-pass' || retryAfter === 0) return end;
    const waitMs = Math.min(retryAfter * 2 ** Math.min(attempt - 1, 30), Math.max(retryAfter, LONGEST_WAIT));
    const startsAt = clock.now() + waitMs;
    if (startsAt >= next) return end;
    log.warn(
      'schedule.retry',
      {
        slot: new Date(slot).toISOString(),
        attempt,
        waitMs,
        startsAt: new Date(startsAt).toISOString(),
      },
      `${name}: what failed may pass: the slot is tried again at ${new Date(startsAt).toISOString()}`,
    );
    await sleepUntil(startsAt, waitMs, context, signal);
    if (clock.now() >= next) return end;
  }
}

/** A machine that was suspended is not to wait for longer, nor one whose clock was set back. */
async function sleepUntil(
  time: number,
  longest: number,
  { clock }: ScheduleContext,
  signal: AbortSignal,
): Promise<void> {
  for (let left = longest; left > 0 && clock.now() < time; ) {
    const step = Math.min(left, LOOK_EVERY);
    await clock.sleep(step, signal);
    left -= step;
  }
}

/** A defect in one run must not end the schedule: there are nights to come. */
async function runOnce(
  database: ScheduledDatabase,
  order: RunOrder,
  { log }: ScheduleContext,
  signal: AbortSignal,
): Promise<RunEnd> {
  try {
    return await database.run(order, signal);
  } catch (thrown) {
    if (signal.aborted) throw signal.reason;
    const error = toArchiverError(thrown);
    log.error('run.failed', { trigger: order.trigger, error }, `${database.name}: ${error.message}`);
    return 'settled';
  }
}
