import { runAll } from '../archive/run-all.ts';
import { Semaphore } from '../archive/semaphore.ts';
import type { Config, DatabaseConfig } from '../config/config.ts';
import { installShutdown, type Shutdown } from '../runtime/shutdown.ts';
import { keepSchedule, type ScheduledDatabase, type Trigger } from '../schedule/keep-schedule.ts';
import { newestArchivedAt } from '../schedule/newest-archived-at.ts';
import { Slots } from '../schedule/slots.ts';
import { EXIT } from './exit-code.ts';
import { RELEASE_BOUND, STOP_BOUND } from './stop-bounds.ts';
import { type Adapters, openAdapters, openJobs, type Surroundings } from './wiring.ts';

/**
 * `daemon`: every database by its own schedule, `concurrency` of them at once, until a signal ends it.
 * @returns 0 when nothing was cut short, else 130 or 143
 */
export async function daemonVerb(config: Config, around: Surroundings): Promise<number> {
  const { log, clock } = around;
  const shutdown = installShutdown({ log, clock, boundMs: STOP_BOUND, releaseMs: RELEASE_BOUND });
  const adapters = openAdapters(config, around);
  shutdown.onRelease('connections', () => adapters.close());
  try {
    log.info('daemon.started', {
      version: around.version,
      databases: config.databases.map(({ name, schedule }) => ({ name, ...schedule })),
    });
    const wasCutShort = await turn(config, adapters, around, shutdown.signal);
    return exitCode(shutdown, wasCutShort);
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
}

/** The loops of all databases. @returns whether the signal cut a run short */
export async function turn(
  config: Config,
  adapters: Adapters,
  around: Surroundings,
  signal: AbortSignal,
): Promise<boolean> {
  const gate = new Semaphore(config.concurrency);
  let cutShort = false;
  const schedule = (database: DatabaseConfig): ScheduledDatabase => ({
    name: database.name,
    slots: new Slots(database.schedule.cron, database.schedule.timezone),
    jitter: database.schedule.jitter,
    runOnStart: database.schedule.runOnStart,
    catchUp: database.schedule.catchUp,
    newestArchivedAt: (asked) => newestArchivedAt(adapters.store, database.name, asked),
    run: (trigger: Trigger, running) =>
      gate.run(async () => {
        const { log, jobs } = openJobs(config, [database], adapters, around, { trigger });
        const summary = await runAll(jobs, 1, { clock: around.clock, log }, running);
        cutShort ||= summary.interrupted > 0;
      }, running),
  });
  const loops = config.databases.map((database) =>
    keepSchedule(
      schedule(database),
      { clock: around.clock, random: around.random, log: around.log.child({ database: database.name }) },
      signal,
    ),
  );
  const ends = await Promise.allSettled(loops);
  const broken = ends.find((end) => end.status === 'rejected' && end.reason !== signal.reason);
  if (broken?.status === 'rejected') throw broken.reason;
  return cutShort;
}

function exitCode({ reason }: Shutdown, wasCutShort: boolean): number {
  return wasCutShort && reason !== undefined ? reason.exitCode : EXIT.done;
}
