import type { SimulationClock } from './credentials.ts';

export interface RateLimit {
  /** Calls within any sixty seconds of the simulation's clock; Scalingo documents 60. */
  readonly perMinute: number;
  /** Whether the 429 says when to come again. Default false. */
  readonly retryAfter?: boolean;
  /** JSON instead of plain text. Default false. */
  readonly json?: boolean;
}

const WINDOW_MS = 60_000;

/** Counts calls in a sliding window. Refused calls do not count. */
export class RateLimiter {
  readonly #clock: SimulationClock;
  #times: number[] = [];

  constructor(clock: SimulationClock) {
    this.#clock = clock;
  }

  /** Counts a call; when it is one too many, the milliseconds until one would pass. */
  take(limit: RateLimit): number {
    const now = this.#clock.now();
    this.#times = this.#times.filter((time) => time > now - WINDOW_MS);
    const oldest = this.#times[0];
    if (this.#times.length >= limit.perMinute && oldest !== undefined) return oldest + WINDOW_MS - now;
    this.#times.push(now);
    return 0;
  }
}
