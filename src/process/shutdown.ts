import { setMaxListeners } from 'node:events';
import { ArchiverError, toArchiverError } from '../model/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventLog } from '../ports/event-log.ts';
import { formatDuration } from '../text/duration.ts';

export type ShutdownSignal = 'SIGINT' | 'SIGTERM';

/** Work cut short, by signal: 128 and the signal's number, as a shell counts. */
const SIGNAL_EXIT_CODES: Readonly<Record<ShutdownSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/** The reason with which the work's signal is aborted; code `shutdown.signal`. */
export class ShutdownError extends ArchiverError {
  override readonly name = 'ShutdownError';
  readonly signal: ShutdownSignal;
  /** What the process exits with when work was cut short: 130 or 143. */
  readonly exitCode: number;

  constructor(signal: ShutdownSignal) {
    super('shutdown.signal', `stopped by ${signal}`, {
      hint: 'The next run goes on from what is in the bucket.',
      details: { signal },
    });
    this.signal = signal;
    this.exitCode = SIGNAL_EXIT_CODES[signal];
  }
}

/** The part of `process` that is used: a test brings its own. */
export interface ShutdownProcess {
  on(event: ShutdownSignal, listener: () => void): unknown;
  off(event: ShutdownSignal, listener: () => void): unknown;
  exit(code: number): void;
}

export interface ShutdownOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  /** Milliseconds from the first signal until the process exits, whatever still runs. */
  readonly boundMs: number;
  /** Milliseconds that a single releaser may take. */
  readonly releaseMs: number;
  readonly process?: ShutdownProcess;
}

export interface Shutdown {
  /** Aborted, with a `ShutdownError`, by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Why `signal` was aborted, once it was. */
  readonly reason: ShutdownError | undefined;
  /**
   * Has `release` run before the process ends, after all that were added later. Its signal is aborted when
   * its time is over.
   * @returns takes it off again, unrun: what it guards has been released by its owner
   */
  onRelease(name: string, release: (signal: AbortSignal) => Promise<void> | void): () => void;
  /**
   * Runs the releasers, the last added first, one after the other. One that fails or takes too long is logged
   * (`shutdown.release_failed`) and passed over. After a signal it ends with `shutdown.completed`.
   */
  release(): Promise<void>;
  /** Takes the signal handlers off and the bound away: the process ends by itself from here. */
  dispose(): void;
}

interface Releaser {
  readonly name: string;
  readonly run: (signal: AbortSignal) => Promise<void> | void;
}

/**
 * SIGINT and SIGTERM. The first aborts the work and starts the bound, which `shutdown.started` names; a
 * second one exits at once with its own code. Whether work was in fact cut short, and so whether the process
 * ends with `reason.exitCode` or with 0, is for the caller to say.
 */
export function installShutdown(options: ShutdownOptions): Shutdown {
  const { log, clock, boundMs, releaseMs, process: target = process } = options;
  const work = new AbortController();
  // Every wait of every database listens to it: that is no leak, and Node is not to warn of one.
  setMaxListeners(0, work.signal);
  const disposed = new AbortController();
  const releasers: Releaser[] = [];
  let reason: ShutdownError | undefined;
  let startedAt = 0;
  let releasing: Promise<void> | undefined;

  const begin = (name: ShutdownSignal) => {
    reason = new ShutdownError(name);
    startedAt = clock.now();
    log.info(
      'shutdown.started',
      { signal: name, boundMs },
      `${name}: stopping; the process exits within ${formatDuration(boundMs)}, on a second signal at once`,
    );
    const enforce = async (exitCode: number) => {
      await clock.sleep(boundMs, disposed.signal);
      const waitingFor = releasers.map((releaser) => releaser.name);
      log.error(
        'shutdown.timed_out',
        { signal: name, boundMs, waitingFor },
        `not stopped within ${formatDuration(boundMs)}: exiting with what still runs`,
      );
      target.exit(exitCode);
    };
    enforce(reason.exitCode).catch((error: unknown) => {
      if (!disposed.signal.aborted) log.error('shutdown.bound_failed', { error });
    });
    work.abort(reason);
  };

  const onSignal = (name: ShutdownSignal) => () => {
    if (reason === undefined) {
      begin(name);
      return;
    }
    log.warn('shutdown.forced', { signal: name }, `${name} again: exiting at once`);
    target.exit(SIGNAL_EXIT_CODES[name]);
  };
  const handlers = { SIGINT: onSignal('SIGINT'), SIGTERM: onSignal('SIGTERM') };
  target.on('SIGINT', handlers.SIGINT);
  target.on('SIGTERM', handlers.SIGTERM);

  const releaseAll = async () => {
    // Popped when done: until then it is what `shutdown.timed_out` says was waited for.
    for (let last = releasers.at(-1); last !== undefined; last = releasers.at(-1)) {
      try {
        await bounded(last, clock, releaseMs);
      } catch (error) {
        log.error('shutdown.release_failed', { releaser: last.name, error: toArchiverError(error) });
      }
      remove(releasers, last);
    }
    if (reason === undefined) return;
    const durationMs = clock.now() - startedAt;
    log.info('shutdown.completed', { signal: reason.signal, durationMs }, 'stopped');
  };

  return {
    signal: work.signal,
    get reason() {
      return reason;
    },
    onRelease(name, run) {
      const releaser = { name, run };
      releasers.push(releaser);
      return () => remove(releasers, releaser);
    },
    release: () => {
      releasing ??= releaseAll();
      return releasing;
    },
    dispose() {
      disposed.abort();
      target.off('SIGINT', handlers.SIGINT);
      target.off('SIGTERM', handlers.SIGTERM);
    },
  };
}

function remove(releasers: Releaser[], releaser: Releaser): void {
  const at = releasers.indexOf(releaser);
  if (at >= 0) releasers.splice(at, 1);
}

/** Runs a releaser for `ms` at most. @throws what it throws, or ArchiverError `shutdown.release_timeout` */
async function bounded(releaser: Releaser, clock: Clock, ms: number): Promise<void> {
  const done = new AbortController();
  const tooLong = new AbortController();
  const timeout = async () => {
    await clock.sleep(ms, done.signal);
    const error = new ArchiverError(
      'shutdown.release_timeout',
      `"${releaser.name}" was not released within ${formatDuration(ms)}`,
    );
    tooLong.abort(error);
    throw error;
  };
  const run = async () => {
    await releaser.run(tooLong.signal);
  };
  try {
    // The loser's rejection is handled by the race as well.
    await Promise.race([run(), timeout()]);
  } finally {
    done.abort();
  }
}

/**
 * From the first signal until the process exits, in milliseconds, whatever still runs. Ending an upload may
 * take 30 s at the store. Give a container a grace period longer than this.
 */
export const STOP_BOUND = 45_000;
/** What one resource may take to be released. */
export const RELEASE_BOUND = 5_000;
