import { toArchiverError } from '../model/errors.ts';
import { awaitSlot } from './await-slot.ts';
import { runSlot } from './run-slot.ts';
import type { ScheduleContext, ScheduledDatabase } from './scheduled-database.ts';

/** Between two tries to learn from the bucket whether a slot was missed. */
const ASK_AGAIN = 60_000;

/**
 * Keeps one database's schedule until the signal ends it. It runs at most once at a time, and once per slot:
 * slots that pass while it runs, or while the machine sleeps, are made up for by one run if `catchUp` is set.
 * A run that fails changes nothing about the next slot; by what may pass, it is tried again before that.
 * @throws only the signal's reason
 */
export async function keepSchedule(
  database: ScheduledDatabase,
  context: ScheduleContext,
  signal: AbortSignal,
): Promise<void> {
  const { log, clock } = context;
  // Slots at or before this one are dealt with.
  let settled = await begin(database, context, signal);
  // When a run of ours that archived something ended last.
  let archivedUntil = clock.now();
  for (;;) {
    const due = await awaitSlot(database, context, settled, signal);
    if (due === undefined) {
      log.warn('schedule.ended', {}, `${database.name}: the schedule has no further slot`);
      return;
    }
    settled = due.slot;
    if (due.isLate && !database.catchUp) {
      const fields = { slot: new Date(due.slot).toISOString() };
      log.warn('schedule.skipped', fields, `${database.name}: the slot has passed and is not made up for`);
      continue;
    }
    // What another process has archived since the slot is this slot's work; what our own run of the slot before has
    // archived, going on past this one, is not.
    const since = Math.min(Math.max(due.slot, archivedUntil), clock.now());
    const trigger = due.isLate ? 'catch-up' : 'schedule';
    const end = await runSlot(database, { slot: due.slot, trigger, since }, context, signal);
    if (end === 'archived') archivedUntil = clock.now();
  }
}

/** The run at the start, where one is wanted or was missed. @returns what is settled by then */
async function begin(
  database: ScheduledDatabase,
  context: ScheduleContext,
  signal: AbortSignal,
): Promise<number> {
  const now = context.clock.now();
  const latest = database.slots.latest(now);
  if (database.runOnStart) {
    await runSlot(database, { slot: now, trigger: 'start', since: now }, context, signal);
    return latest ?? now;
  }
  if (!database.catchUp || latest === undefined) return now;
  const missed = await wasMissed(database, latest, context, signal);
  if (missed === undefined) return now;
  if (missed) await runSlot(database, { slot: latest, trigger: 'catch-up', since: latest }, context, signal);
  return latest;
}

/**
 * Whether the newest archive is older than the slot. A database that never had one has missed nothing: it waits for
 * its slot. A bucket that cannot be asked is asked again until the next slot comes, which settles the question:
 * `undefined` then.
 */
async function wasMissed(
  database: ScheduledDatabase,
  slot: number,
  { clock, log }: ScheduleContext,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  const until = database.slots.next(slot) ?? Number.POSITIVE_INFINITY;
  for (;;) {
    try {
      const archivedAt = await database.newestArchivedAt(signal);
      if (archivedAt === undefined || (archivedAt !== 'begun' && archivedAt >= slot)) return false;
      const newestArchivedAt = archivedAt === 'begun' ? null : new Date(archivedAt).toISOString();
      log.info(
        'schedule.missed',
        { slot: new Date(slot).toISOString(), newestArchivedAt },
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
      if (clock.now() + ASK_AGAIN >= until) return undefined;
      await clock.sleep(ASK_AGAIN, signal);
    }
  }
}
