import type { Clock } from '../../ports/clock.ts';
import { formatDuration } from '../../text/duration.ts';

/** A loop that wakes this much later than it said has stopped. Milliseconds. */
export const OVERSLEPT = 120_000;

/**
 * Whether the scheduling loops turn. A loop says how long it is going to sleep by sleeping on its own clock; one
 * that has not come back by then is stale. While it is at work it is not judged: work has bounds of its own.
 */
export class Heartbeats {
  readonly #now: () => number;
  readonly #loops = new Map<string, { dueAt: number }>();

  /** @param now milliseconds of a clock that is never set: a step of the wall clock is no standstill */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The clock for the loop called `name`, which counts as turning from now on. */
  clockFor(name: string, clock: Clock): Clock {
    this.#beat(name, 0);
    return {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      sleep: async (ms, signal) => {
        this.#beat(name, ms);
        await clock.sleep(ms, signal);
        this.#beat(name, 0);
      },
    };
  }

  /** Work of the loop called `name`, for as long as it takes. */
  async working<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    this.#beat(name, Number.POSITIVE_INFINITY);
    try {
      return await work();
    } finally {
      this.#beat(name, 0);
    }
  }

  /** Follows a whole loop: one that has ended properly is not expected to turn. */
  async following(name: string, loop: () => Promise<void>): Promise<void> {
    await loop();
    this.#loops.delete(name);
  }

  /** A sentence for each loop that has stopped. */
  complaints(): string[] {
    const now = this.#now();
    return [...this.#loops]
      .filter(([, { dueAt }]) => now - dueAt > OVERSLEPT)
      .map(([name, { dueAt }]) => `the schedule of ${name} has not run for ${formatDuration(now - dueAt)}`);
  }

  #beat(name: string, ms: number): void {
    this.#loops.set(name, { dueAt: this.#now() + ms });
  }
}
