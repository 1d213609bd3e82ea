import { type BackoffPolicy, fullJitter } from '../../../concurrency/retry.ts';
import type { Random } from '../../../ports/clock.ts';
import type { ScalingoError } from './scalingo-error.ts';

const BACKOFF: BackoffPolicy = { baseMs: 1000, capMs: 30_000 };
/** After a 429 without `Retry-After`: the limit is one of requests a minute, so a second's wait is no use. */
const THROTTLED: BackoffPolicy = { baseMs: 5000, capMs: 60_000 };
/** A request is never sent again at once after a 429. */
const MIN_THROTTLED_MS = 1000;
/** Before a refusal is asked about once more: time for a proxy or a replica to come to its senses. */
const VERDICT_MS = 1000;
/** Spreads the requests that were delayed together. */
const AFTER_PAUSE: BackoffPolicy = { baseMs: 1000, capMs: 1000 };

/** Milliseconds to wait after try number `attempt` (from 1) failed with `error`. */
export function retryDelay(error: ScalingoError, attempt: number, random: Random): number {
  const { retryAfterMs } = error.details;
  if (typeof retryAfterMs === 'number') return retryAfterMs + fullJitter(0, AFTER_PAUSE, random);
  if (!error.retryable) return VERDICT_MS + fullJitter(0, AFTER_PAUSE, random);
  if (error.code !== 'scalingo.rate_limited') return fullJitter(attempt - 1, BACKOFF, random);
  return Math.max(MIN_THROTTLED_MS, fullJitter(attempt - 1, THROTTLED, random));
}
