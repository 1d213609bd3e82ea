import type { Config, DatabaseConfig } from '../../config/schema/config.ts';
import { ArchiverError } from '../../model/errors.ts';
import { installShutdown, RELEASE_BOUND, STOP_BOUND } from '../../process/shutdown.ts';
import { runAll } from '../../run/run-all.ts';
import { type AppContext, openAdapters, openJobs } from '../app-context.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { openNotifier } from '../open-notifier.ts';
import { inShard } from '../shard.ts';

/** `run`: every chosen database once. @returns the exit code */
export async function runVerb(config: Config, invocation: Invocation, context: AppContext): Promise<number> {
  const databases = chosenDatabases(config, invocation);
  if (databases.length === 0) {
    context.log.info(
      'run.completed',
      { databases: [], shard: invocation.shard },
      'no database falls into this shard',
    );
    return EXIT.done;
  }
  const shutdown = installShutdown({
    log: context.log,
    clock: context.clock,
    boundMs: STOP_BOUND,
    releaseMs: RELEASE_BOUND,
  });
  const adapters = openAdapters(config, context);
  shutdown.onRelease('connections', () => adapters.close());
  try {
    const notifier = openNotifier(config, context, shutdown.signal);
    const { log, jobs } = openJobs(config, databases, adapters, context, { since: invocation.since });
    const summary = await runAll(jobs, config.concurrency, { clock: context.clock, log }, shutdown.signal);
    await notifier?.settled();
    return exitCodeOf(summary, shutdown.reason);
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
}

/**
 * The databases that the command line picks.
 * @throws ArchiverError `usage.invalid` for a name that is not configured
 */
export function chosenDatabases(config: Config, { databases, shard }: Invocation): DatabaseConfig[] {
  const known = new Set(config.databases.map(({ name }) => name));
  const unknown = databases.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new ArchiverError(
      'usage.invalid',
      `--database ${unknown.join(', ')}: not configured; there is ${[...known].join(', ')}`,
    );
  }
  return config.databases
    .filter(({ name }) => databases.length === 0 || databases.includes(name))
    .filter(({ name }) => shard === undefined || inShard(name, shard));
}
