import { type BackoffPolicy, fullJitter, Retries } from '../../concurrency/retry.ts';
import { hasCode, ServiceError, toArchiverError } from '../../model/errors.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import type { SourceFaults } from './source-faults.ts';

/** Attempts in all, whatever progress they make: with a source that gives a byte at each, a run would take years. */
const MOST_TURNS = 1_000;

/** Between two attempts: enough for a load balancer to recover, short beside a transfer of hours. */
export const BACKOFF: BackoffPolicy = { baseMs: 1000, capMs: 60_000 };

export interface AttemptsOptions {
  readonly backupId: string;
  /** Attempts in a row without progress before it is given up. */
  readonly maxAttempts: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: EventLog;
  readonly faults: SourceFaults;
}

/** Counts the failures of one download that is tried again and again, and waits between two tries. */
export class Attempts {
  readonly #retries: Retries;
  /** Bytes, the most of any attempt. */
  #progress = 0;
  /** Bytes of the attempt that failed last. */
  #reached = 0;

  constructor({ backupId, maxAttempts, clock, random, log, faults }: AttemptsOptions) {
    this.#retries = new Retries({
      attempts: maxAttempts,
      attemptsInAll: MOST_TURNS,
      mayPass: mayDoBetter,
      backoff: { clock, ms: (attempt) => fullJitter(attempt - 1, BACKOFF, random) },
      onRetry: ({ error, attempt, delayMs: waitMs }) =>
        log.warn(
          'archive.retried',
          {
            backupId,
            bytes: this.#reached,
            attempt,
            maxAttempts,
            waitMs,
            error: toArchiverError(error),
          },
          `the transfer broke at ${formatByteSize(this.#reached)}: going on from there`,
        ),
      givenUp: (error, attempts, bound) =>
        bound === 'in a row'
          ? faults.givenUp(error, attempts, this.#reached)
          : faults.givenUp(error, attempts, this.#reached, 'that each got little further'),
    });
  }

  /**
   * Takes note of a failure and waits before the next try.
   * @param progress how far it got, in bytes: further than the last time starts the count anew, unless it gets on
   *   slower than a stall
   * @throws `error`, where no new try may do better; IntegrityError once there were too many; the signal's reason
   */
  async failed(error: unknown, progress: number, signal: AbortSignal): Promise<void> {
    const moves = progress > this.#progress && !wasTooSlow(error);
    this.#progress = Math.max(progress, this.#progress);
    this.#reached = progress;
    await this.#retries.failed(error, signal, moves);
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
