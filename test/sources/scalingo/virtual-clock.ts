import type { Clock } from '../../../src/ports/clock.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A clock that moves only when told. With `auto`, a sleep moves it by itself and ends at once, so that a
 * loop of waits against a real server takes no time.
 */
export class VirtualClock implements Clock {
  readonly #auto: boolean;
  #time: number;
  #sleepers: Sleeper[] = [];
  /** Every wait asked for, in milliseconds. */
  readonly sleeps: number[] = [];

  constructor({ auto = false, start = Date.UTC(2026, 0, 1) }: { auto?: boolean; start?: number } = {}) {
    this.#auto = auto;
    this.#time = start;
  }

  now(): number {
    return this.#time;
  }

  set(time: number): void {
    this.#time = time;
  }

  get waiting(): number {
    return this.#sleepers.length;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    if (this.#auto) {
      this.#time += ms;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { due: this.#time + ms, wake: resolve };
    this.#sleepers.push(sleeper);
    const onAbort = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    await promise.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /** Moves the clock on, waking who is due in order, with all that their waking leads to. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms;
    await settled();
    for (;;) {
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, sleeper) => (first === undefined || sleeper.due < first.due ? sleeper : first),
        undefined,
      );
      if (next === undefined || next.due > end) break;
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#time = Math.max(this.#time, next.due);
      next.wake();
      await settled();
    }
    this.#time = end;
    await settled();
  }
}

/** Lets every promise that can settle without a timer or I/O do so. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
