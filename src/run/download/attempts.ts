import { type BackoffPolicy, fullJitter } from '../../concurrency/backoff.ts';
import { hasCode, ServiceError, toArchiverError } from '../../model/errors.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import type { SourceFaults } from './source-faults.ts';

/** Attempts in all, whatever progress they make: with a source that gives a byte at each, a run would take years. */
const MOST_TURNS = 1_000;

/** Between two attempts: enough for a load balancer to recover, short beside a transfer of hours. */
const BACKOFF: BackoffPolicy = { baseMs: 1000, capMs: 60_000 };

export interface AttemptsOptions {
  readonly backupId: string;
  /** Attempts in a row without progress before it is given up. */
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
  readonly faults: SourceFaults;
}

/** Counts the failures of one thing that is tried again and again, and waits between two tries. */
export class Attempts {
  readonly #options: AttemptsOptions;
  #failures = 0;
  #progress = 0;
  #turns = 0;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  /**
   * Takes note of a failure and waits before the next try.
   * @param progress how far it got, in bytes: further than the last time starts the count anew, unless it gets on
   *   slower than a stall
   * @throws `error`, where no new try may do better; IntegrityError once there were too many; the signal's reason
   */
  async failed(error: unknown, progress: number, signal: AbortSignal): Promise<void> {
    const { backupId, maxAttempts, clock, random, log, faults } = this.#options;
    if (signal.aborted) throw signal.reason;
    if (!mayDoBetter(error)) throw error;
    const moves = progress > this.#progress && !wasTooSlow(error);
    this.#failures = moves ? 0 : this.#failures + 1;
    this.#progress = Math.max(progress, this.#progress);
    this.#turns += 1;
    if (this.#turns >= MOST_TURNS)
      throw faults.givenUp(error, this.#turns, progress, 'that each got little further');
    if (this.#failures >= maxAttempts) throw faults.givenUp(error, this.#failures, progress);
    const attempt = Math.max(this.#failures, 1);
    const waitMs = fullJitter(attempt - 1, BACKOFF, random);
    log.warn(
      'archive.retried',
      {
        backupId,
        bytes: progress,
        attempt,
        maxAttempts,
        waitMs,
        error: toArchiverError(error),
      },
      `the transfer broke at ${formatByteSize(progress)}: going on from there`,
    );
    await clock.sleep(waitMs, signal);
  }
}

/** Whether the rate was the fault (`SourceFaults.tooSlow`): the few bytes that came are no progress. */
function wasTooSlow(error: unknown): boolean {
  return hasCode(error, 'archive.stalled') && error.details.waitedMs !== undefined;
}

/** Whether a new try may do better. */
function mayDoBetter(error: unknown): boolean {
  if (error instanceof ServiceError) return error.retryable;
  return hasCode(error, 'archive.not_gzip', 'archive.empty', 'archive.truncated', 'archive.stalled');
}
