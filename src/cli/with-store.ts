import type { Config } from '../config/schema/config.ts';
import { installShutdown, RELEASE_BOUND, STOP_BOUND } from '../process/shutdown.ts';
import type { S3ArchiveStore } from '../stores/s3/s3-archive-store.ts';
import { type AppContext, openStore } from './app-context.ts';

/** Runs a verb that needs the store alone: see `whileOpen`. */
export function withStore(
  config: Config,
  context: AppContext,
  work: (store: S3ArchiveStore, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  return whileOpen(() => openStore(config, context), context, work);
}

/**
 * Runs a verb until it is done or a signal ends it; then what it has opened is closed.
 * @param work is ended by the signal's abort
 * @returns the exit code that `work` gives, or that of the signal
 * @throws what `work` throws, unless a signal came
 */
export async function whileOpen<Opened extends { close(): void }>(
  open: () => Opened,
  { log, clock }: Pick<AppContext, 'log' | 'clock'>,
  work: (opened: Opened, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const shutdown = installShutdown({ log, clock, boundMs: STOP_BOUND, releaseMs: RELEASE_BOUND });
  const opened = open();
  shutdown.onRelease('connections', () => opened.close());
  try {
    return await work(opened, shutdown.signal);
  } catch (error) {
    if (shutdown.reason === undefined) throw error;
    return shutdown.reason.exitCode;
  } finally {
    await shutdown.release();
    shutdown.dispose();
  }
}
