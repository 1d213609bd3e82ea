import type { Config } from '../config/schema/config.ts';
import { mayPass } from '../model/errors.ts';
import type { RunEnd, ScheduledDatabase } from '../schedule/scheduled-database.ts';
import { Slots } from '../schedule/slots.ts';
import type { Adapters, AppContext } from './app-context.ts';
import { keepWatchedSchedule } from './start-monitoring.ts';
import { verifyDue } from './verify-due.ts';

/** No database has a name with a space. */
const LOOP = 'reading back';

/**
 * Reads back the share that is due in each slot of `verify.cron`, one at a time, beside the backups: it takes no place of
 * theirs. Nothing is made up for at the start: the next share is the larger.
 * @returns whether the signal cut a share short
 * @throws only what the signal does not explain
 */
export async function keepVerifying(
  config: Config,
  { store }: Adapters,
  { uncounted, ...counted }: AppContext,
  signal: AbortSignal,
): Promise<boolean> {
  const context = { ...counted, progress: uncounted ?? counted.progress };
  const { cron } = config.verify;
  if (cron === undefined) return false;
  const { timezone, jitter, catchUp, retryAfter } = config.schedule;
  let isReading = false;
  const share = async (trigger: string, running: AbortSignal): Promise<RunEnd> => {
    isReading = true;
    const due = { config, cron, context, store, databases: [], trigger };
    const end = await verifyDue(due, running).then(
      (verdicts) => verdicts.flatMap((each) => (each.ok || each.isFault ? [] : [each.error])),
      // It is in the log by then.
      (error: unknown) => [error],
    );
    running.throwIfAborted();
    isReading = false;
    return end.some((error) => mayPass(error)) ? 'may-pass' : 'settled';
  };
  const scheduled: ScheduledDatabase = {
    name: LOOP,
    slots: new Slots(cron, timezone),
    jitter,
    catchUp,
    retryAfter,
    runOnStart: false,
    newestArchivedAt: async () => undefined,
    run: ({ trigger }, running) => share(trigger === 'retry' ? 'verify-retry' : 'verify', running),
  };
  const log = context.log.child({ trigger: 'verify' });
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
  return isReading;
}
