import { Semaphore } from '../../concurrency/semaphore.ts';
import type { Config, DatabaseConfig } from '../../config/schema/config.ts';
import { mayPass } from '../../model/errors.ts';
import { installShutdown, RELEASE_BOUND, type Shutdown, STOP_BOUND } from '../../process/shutdown.ts';
import { Outage } from '../../run/outlast.ts';
import { runAll } from '../../run/run-all.ts';
import { newestArchivedAt } from '../../schedule/newest-archived-at.ts';
import type { RunEnd, RunOrder, ScheduledDatabase } from '../../schedule/scheduled-database.ts';
import { Slots } from '../../schedule/slots.ts';
import { type Adapters, type AppContext, openAdapters, openJobs } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import { keepBeside } from '../keep-beside.ts';
import { restoreWork } from '../restore-work.ts';
import { keepWatchedSchedule, startMonitoring } from '../start-monitoring.ts';
import { verifyWork } from '../verify-work.ts';

/**
 * `daemon`: every database by its own schedule, `concurrency` of them at once, until a signal ends it.
 * @returns 0 when nothing was cut short, else 130 or 143
 */
export async function daemonVerb(config: Config, unmonitored: AppContext): Promise<number> {
  const { log, clock } = unmonitored;
  const shutdown = installShutdown({ log, clock, boundMs: STOP_BOUND, releaseMs: RELEASE_BOUND });
  const context = await startMonitoring(config, unmonitored, shutdown);
  const adapters = openAdapters(config, context);
  shutdown.onRelease('connections', () => adapters.close());
  try {
    log.info('daemon.started', {
      version: context.version,
      databases: config.databases.map(({ name, schedule }) => ({ name, ...schedule })),
    });
    if (config.scalingo.bearerToken !== undefined) {
      const hint =
        'Give an API token instead, scalingo.apiToken (SCALINGO_API_TOKEN): its tokens are renewed.';
      const why = 'the ready token lasts an hour, and a daemon for longer: its nights will fail';
      log.warn('daemon.token_not_renewable', { hint }, why);
    }
    const wasCutShort = await runSchedules(config, adapters, context, shutdown.signal);
    await context.notifier?.settled();
    return exitCode(shutdown, wasCutShort);
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
}

/**
 * The loops of all databases, and those that read archives back and restore them for a try. A defect that ends one ends them
 * all: a daemon that quietly left out a database would be worse than one that is started again.
 * @returns whether the signal cut a run short
 */
export async function runSchedules(
  config: Config,
  adapters: Adapters,
  context: AppContext,
  signal: AbortSignal,
): Promise<boolean> {
  const gate = new Semaphore(config.concurrency);
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  let cutShort = false;
  const outage = new Outage();
  const run = async (
    database: DatabaseConfig,
    { trigger, since, slotBegan }: RunOrder,
    running: AbortSignal,
  ): Promise<RunEnd> => {
    let begun = false;
    const work = async (): Promise<RunEnd> => {
      begun = true;
      const { log, jobs } = openJobs(config, [database], adapters, context, {
        fields: { trigger },
        since: new Date(since),
        slotBegan: new Date(slotBegan),
      });
      const summary = await runAll(jobs, 1, { clock: context.clock, log, outage }, running);
      if (summary.interrupted > 0) cutShort = true;
      const [outcome] = summary.outcomes;
      if (outcome?.status === 'failed' && mayPass(outcome.error)) return 'may-pass';
      return outcome?.status === 'archived' ? 'archived' : 'settled';
    };
    try {
      return await gate.run(work, running);
    } catch (error) {
      // Due, but still in line when the signal came: cut short as well.
      if (signal.aborted && !begun) cutShort = true;
      throw error;
    }
  };
  const loops = config.databases.map(async (database) => {
    const scheduled: ScheduledDatabase = {
      ...database.schedule,
      name: database.name,
      slots: new Slots(database.schedule.cron, database.schedule.timezone),
      newestArchivedAt: (asked) => newestArchivedAt(adapters.store, database.name, asked),
      run: (order, running) => run(database, order, running),
    };
    const log = context.log.child({ database: database.name });
    try {
      await keepWatchedSchedule(
        context,
        scheduled,
        { clock: context.clock, random: context.random, log },
        ended,
      );
    } catch (error) {
      if (!ended.aborted) broken.abort(error);
    }
  });
  const beside = [verifyWork(config, adapters), restoreWork(config, adapters)].map(async (work) => {
    try {
      if (await keepBeside(work, config, context, ended)) cutShort = true;
    } catch (error) {
      broken.abort(error);
    }
  });
  await Promise.all([...loops, ...beside]);
  if (broken.signal.aborted) throw broken.signal.reason;
  return cutShort;
}

function exitCode({ reason }: Shutdown, wasCutShort: boolean): number {
  return wasCutShort && reason !== undefined ? reason.exitCode : EXIT.done;
}
