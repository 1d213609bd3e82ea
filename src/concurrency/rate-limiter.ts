import type { Clock } from '../ports/clock.ts';
import { abortable } from './abortable.ts';

/** Spaces the requests of the whole process. */
export interface Limiter {
  /**
   * Resolves when one more request may go out; first come, first served.
   * @throws the signal's reason when it is or becomes aborted; the turn then passes to the next
   */
  acquire(signal: AbortSignal): Promise<void>;
  /**
   * Resolves when no pause is in force, without counting as a request: for downloads, whose parts would use
   * up what the API is asked with.
   * @throws the signal's reason
   */
  awaitPause(signal: AbortSignal): Promise<void>;
  /** Nothing passes for `ms` milliseconds from now, and then no burst: the service said `Retry-After`. */
  pause(ms: number): void;
}

export interface LimiterOptions {
  readonly clock: Clock;
  /** On average; 60 by default. */
  readonly perMinute?: number;
  /** How many may go out at once after a rest. */
  readonly burst?: number;
}

/** A token bucket that begins full. One for the process: databases and both APIs share it. */
export function createLimiter({ clock, perMinute = 60, burst = 10 }: LimiterOptions): Limiter {
  if (!(perMinute > 0) || !(burst >= 1)) throw new RangeError('a limiter needs perMinute > 0 and burst >= 1');
  const msPerToken = 60_000 / perMinute;
  let tokens = burst;
  let filledAt = clock.now();
  let pause: { readonly from: number; readonly until: number } | undefined;
  let lastTurn = Promise.resolve();

  function refill(now: number): void {
    if (pause !== undefined) {
      // Nothing trickles in while paused: the end of a pause must not be a rush.
      filledAt = Math.min(now, pause.until);
      if (now >= pause.from && now < pause.until) return;
      pause = undefined;
    }
    // A clock set back must neither drain the bucket nor stretch a wait: count from the new time.
    if (now > filledAt) tokens = Math.min(burst, tokens + (now - filledAt) / msPerToken);
    filledAt = now;
  }

  /** Milliseconds until a token is there; 0 takes it. */
  function take(): number {
    const now = clock.now();
    refill(now);
    if (pause !== undefined) return pause.until - now;
    // Whole milliseconds of sleep leave crumbs of rounding; without the slack a token could be missed for ever.
    if (tokens >= 1 - 1e-6) {
      tokens = Math.max(0, tokens - 1);
      return 0;
    }
    return Math.max(1, Math.ceil((1 - tokens) * msPerToken));
  }

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      const before = lastTurn;
      const { promise: mine, resolve: passOn } = Promise.withResolvers<void>();
      // The next in line waits for us, and for those before us if we leave early.
      lastTurn = Promise.all([before, mine]).then(() => undefined);
      try {
        await abortable(before, signal);
        for (let wait = take(); wait > 0; wait = take()) await clock.sleep(wait, signal);
      } finally {
        passOn();
      }
    },
    async awaitPause(signal) {
      signal.throwIfAborted();
      for (;;) {
        const now = clock.now();
        refill(now);
        if (pause === undefined) return;
        await clock.sleep(pause.until - now, signal);
      }
    },
    pause(ms) {
      const now = clock.now();
      refill(now);
      tokens = Math.min(tokens, 1);
      if (ms > 0 && (pause === undefined || now + ms > pause.until)) pause = { from: now, until: now + ms };
    },
  };
}
