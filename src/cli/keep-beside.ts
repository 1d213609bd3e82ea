import type { Config } from '../config/schema/config.ts';
import { mayPass } from '../model/errors.ts';
import type { RunEnd, ScheduledDatabase } from '../schedule/scheduled-database.ts';
import { Slots } from '../schedule/slots.ts';
import type { AppContext } from './app-context.ts';
import { keepWatchedSchedule } from './start-monitoring.ts';

/** Work that the daemon does by a schedule of its own. */
export interface SideWork {
  /** Of the loop, for `/healthz` and the log: with a space, which no database has. */
  readonly name: string;
  /** For the log: why it is done; what is tried again says `…-retry`. */
  readonly trigger: string;
  /** `undefined`: never. */
  readonly cron: string | undefined;
  /**
   * Does what is due, and reports it. Its errors are in the log by then.
   * @param context without a count of its bytes: they are none of a transfer's
   * @returns what could not be done
   */
  readonly work: (trigger: string, context: AppContext, signal: AbortSignal) => Promise<readonly unknown[]>;
}

/**
 * Keeps the schedule of work beside the backups, one slot at a time: it takes no place of theirs. Nothing is made up for at the
 * start: the next slot does it.
 * @returns whether the signal cut the work of a slot short
 * @throws only what the signal does not explain
 */
export async function keepBeside(
  { name, trigger, cron, work }: SideWork,
  { schedule }: Pick<Config, 'schedule'>,
  { uncounted, ...counted }: AppContext,
  signal: AbortSignal,
): Promise<boolean> {
  const context = { ...counted, progress: uncounted ?? counted.progress };
  if (cron === undefined) return false;
  const { timezone, jitter, catchUp, retryAfter } = schedule;
  let isWorking = false;
  const run: ScheduledDatabase['run'] = async (order, running): Promise<RunEnd> => {
    isWorking = true;
    const why = order.trigger === 'retry' ? `${trigger}-retry` : trigger;
    const undone = await work(why, context, running).catch((error: unknown) => [error]);
    running.throwIfAborted();
    isWorking = false;
    return undone.some((error) => mayPass(error)) ? 'may-pass' : 'settled';
  };
  const scheduled: ScheduledDatabase = {
    name,
    slots: new Slots(cron, timezone),
    jitter,
    catchUp,
    retryAfter,
    runOnStart: false,
    newestArchivedAt: async () => undefined,
    run,
  };
  const log = context.log.child({ trigger });
  try {
    await keepWatchedSchedule(
      context,
      scheduled,
      { clock: context.clock, random: context.random, log },
      signal,
    );
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return isWorking;
}
