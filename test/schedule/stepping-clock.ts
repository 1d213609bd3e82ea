import type { Clock } from '../../src/ports/clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A wall clock over a timer, as a machine has them: sleeps are measured by the timer, which runs only with
 * `advance`; `step` moves the wall clock alone, as somebody who sets it does, or a suspended machine.
 */
export class SteppingClock implements Clock {
  #timer = 0;
  #offset: number;
  #sleepers: Sleeper[] = [];

  constructor(start: string) {
    this.#offset = Date.parse(start);
  }

  now(): number {
    return this.#offset + this.#timer;
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  /** Moves the wall clock by `ms`, back where it is negative; no sleep ends earlier or later for it. */
  step(ms: number): void {
    this.#offset += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { due: this.#timer + ms, wake: resolve };
    this.#sleepers.push(sleeper);
    const onAbort = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    await promise.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /** Lets `ms` pass, waking each sleeper in its turn, with all that its waking leads to. */
  async advance(ms: number): Promise<void> {
    const end = this.#timer + ms;
    for (;;) {
      await settled();
      const next = this.#sleepers.toSorted((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#timer = Math.max(this.#timer, next.due);
      next.wake();
    }
    this.#timer = end;
    await settled();
  }

  /** Until the wall clock shows that time, if nobody sets it on the way. */
  advanceTo(time: string): Promise<void> {
    return this.advance(Date.parse(time) - this.now());
  }
}

/** Everything that promises alone can do has been done. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
