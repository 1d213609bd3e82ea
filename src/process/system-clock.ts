import { uptime } from 'node:os';
import type { Clock } from '../ports/clock.ts';

/** The longest delay of a Node timer; a longer one would fire at once (https://nodejs.org/api/timers.html). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock on the wall. */
export const systemClock: Clock = {
  now: () => Date.now(),

  // Since the machine has started, suspended or not; `performance.now` does not count a suspended machine on Linux
  // (CLOCK_MONOTONIC, https://man7.org/linux/man-pages/man2/clock_gettime.2.html; proc_uptime(5)).
  elapsed: () => uptime() * 1000,

  async sleep(ms, signal) {
    signal?.throwIfAborted();
    for (let left = ms; ; left -= LONGEST_TIMER_MS) {
      await timer(Math.min(Math.max(left, 0), LONGEST_TIMER_MS), signal);
      // Written so that NaN ends here too, and does not sleep for ever.
      if (!(left > LONGEST_TIMER_MS)) return;
    }
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}
