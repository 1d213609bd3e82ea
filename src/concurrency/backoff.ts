import type { Random } from '../ports/clock.ts';

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
