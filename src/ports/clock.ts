/**
 * Time as a dependency. Everything that waits or asks what time it is does so through a `Clock`, so that
 * a test can run a year of nights in seconds and a clock step can be rehearsed.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /**
   * Milliseconds since a moment that stays the same. It cannot be set, and goes on while the machine is suspended: for
   * how long something took, where `now` may be set meanwhile.
   */
  elapsed(): number;
  /**
   * Resolves after `ms` milliseconds.
   * @throws the signal's reason, at once, when `signal` is or becomes aborted; no timer is left behind.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A source of numbers in [0, 1), as `Math.random`. */
export type Random = () => number;
