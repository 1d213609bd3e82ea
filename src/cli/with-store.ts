import type { Config } from '../config/schema/config.ts';
import { installShutdown, RELEASE_BOUND, STOP_BOUND } from '../process/shutdown.ts';
import type { S3ArchiveStore } from '../stores/s3/s3-archive-store.ts';
import { type AppContext, openStore } from './app-context.ts';

/**
 * Runs a verb that needs the store alone, until it is done or a signal ends it; then the store is closed.
 * @param work is ended by the signal's abort
 * @returns the exit code that `work` gives, or that of the signal
 * @throws what `work` throws, unless a signal came
 */
export async function withStore(
  config: Config,
  context: AppContext,
  work: (store: S3ArchiveStore, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const { log, clock } = context;
  const shutdown = installShutdown({ log, clock, boundMs: STOP_BOUND, releaseMs: RELEASE_BOUND });
  const store = openStore(config, context);
  shutdown.onRelease('connections', () => store.close());
  try {
    return await work(store, shutdown.signal);
  } catch (error) {
    if (shutdown.reason === undefined) throw error;
    return shutdown.reason.exitCode;
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
}
