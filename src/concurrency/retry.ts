import type { Clock, Random } from '../ports/clock.ts';

/** When a thing that failed is tried again, and what is said of it. */
export interface RetryPolicy {
  /** Attempts in a row without progress, the first included. */
  readonly attempts: number;
  /** Attempts in all, whatever progress they make. Default: no bound. */
  readonly attemptsInAll?: number;
  /** Whether another attempt may do better. */
  readonly mayPass: (error: unknown) => boolean;
  /** Default: the next attempt begins at once. */
  readonly backoff?: Backoff;
  /** Called before each wait: for the log. */
  readonly onRetry?: (retry: Retried) => void;
  /** The error to throw once there were too many attempts. Default: the last one. */
  readonly givenUp?: (error: unknown, attempts: number, bound: 'in a row' | 'in all') => unknown;
}

export interface Backoff {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Milliseconds to wait after attempt number `attempt` (from 1) has failed. */
  readonly ms: (attempt: number, error: unknown) => number;
}

/** An attempt that failed and that another one follows. */
export interface Retried {
  readonly error: unknown;
  /** From 1, counted anew after progress. */
  readonly attempt: number;
  readonly delayMs: number;
}

/** Counts the failures of one thing, and waits between two attempts. For loops that `retry` cannot run. */
export class Retries {
  readonly #policy: RetryPolicy;
  #failures = 0;
  #all = 0;

  constructor(policy: RetryPolicy) {
    this.#policy = policy;
  }

  /**
   * Takes note of a failure and waits before the next attempt.
   * @param progressed whether this attempt got further than those before: then the count begins anew
   * @throws the signal's reason; `error` where no attempt may do better; what `givenUp` returns
   */
  async failed(error: unknown, signal: AbortSignal, progressed = false): Promise<void> {
    const { attempts, attemptsInAll, mayPass, backoff, onRetry, givenUp } = this.#policy;
    signal.throwIfAborted();
    if (!mayPass(error)) throw error;
    this.#failures = progressed ? 0 : this.#failures + 1;
    this.#all += 1;
    if (attemptsInAll !== undefined && this.#all >= attemptsInAll) {
      throw givenUp === undefined ? error : givenUp(error, this.#all, 'in all');
    }
    if (this.#failures >= attempts) {
      throw givenUp === undefined ? error : givenUp(error, this.#failures, 'in a row');
    }
    const attempt = Math.max(this.#failures, 1);
    const delayMs = backoff?.ms(attempt, error) ?? 0;
    onRetry?.({ error, attempt, delayMs });
    await backoff?.clock.sleep(delayMs, signal);
  }
}

/**
 * Runs `work` until it succeeds or the policy ends it.
 * @param work is given the number of its attempt, from 1
 * @throws as `Retries.failed`
 */
export async function retry<Result>(
  work: (attempt: number) => Promise<Result>,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<Result> {
  const attempts = new Retries(policy);
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      await attempts.failed(error, signal);
    }
  }
}

export interface BackoffPolicy {
  /** Upper bound of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** Upper bound of any wait, in milliseconds. */
  readonly capMs: number;
}

/**
 * "Full jitter": a uniform wait in [0, min(cap, base · 2^attempt)], which spreads a crowd of clients best
 * (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 * @param attempt how many tries have failed before, less one: 0 for the first wait
 */
export function fullJitter(attempt: number, policy: BackoffPolicy, random: Random): number {
  // 2^30 already passes every cap; the exponent is bounded so that it stays a finite number.
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(random() * ceiling);
}
