import type { Clock } from '../../src/ports/clock.ts';

interface Sleeper {
  /** By the timer. */
  readonly due: number;
  readonly wake: () => void;
}

export interface FakeClockOptions {
  /** What the wall clock shows first: milliseconds since the Unix epoch, or an ISO time. */
  readonly start?: number | string;
  /** A sleep moves the clock by itself and ends at once: a loop of waits against a real server takes no time. */
  readonly auto?: boolean;
  /** Resolves when all is done that needs no time. Default: what promises alone can do. */
  readonly quiet?: () => Promise<void>;
}

/**
 * A wall clock over a timer, as a machine has them, that moves only when the test says so. Sleeps are measured by
 * the timer.
 */
export class FakeClock implements Clock {
  readonly #auto: boolean;
  readonly #quiet: () => Promise<void>;
  #offset: number;
  #timer = 0;
  #suspended = 0;
  #sleepers: Sleeper[] = [];
  /** Every wait asked for, in milliseconds. */
  readonly sleeps: number[] = [];

  constructor({ start = '2026-01-01T00:00Z', auto = false, quiet = settled }: FakeClockOptions = {}) {
    this.#offset = typeof start === 'string' ? Date.parse(start) : start;
    this.#auto = auto;
    this.#quiet = quiet;
  }

  now(): number {
    return this.#offset + this.#timer;
  }

  elapsed(): number {
    return this.#timer + this.#suspended;
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    if (this.#auto) {
      this.#timer += ms;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { due: this.#timer + Math.max(ms, 0), wake: resolve };
    this.#sleepers.push(sleeper);
    const onAbort = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    await promise.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /** Lets time pass, or go back, until the wall clock shows `time`, and wakes no sleeper: the next `advance` does. */
  set(time: number): void {
    this.#timer = time - this.#offset;
  }

  /** Sets the wall clock alone, by `ms`, back where it is negative: no sleep ends earlier or later for it. */
  step(ms: number): void {
    this.#offset += ms;
  }

  /** Suspends the machine for `ms`: all clocks go on, and no timer counts it. */
  suspend(ms: number): void {
    this.#suspended += ms;
    this.#offset += ms;
  }

  /** Lets `ms` pass, waking each sleeper in its turn, with all that its waking leads to. */
  async advance(ms: number): Promise<void> {
    const end = this.#timer + ms;
    do await this.#quiet();
    while (this.#wake(end));
    this.#timer = end;
    await this.#quiet();
  }

  /** Until the wall clock shows that time, if nothing steps it on the way. @param time as `start` */
  advanceTo(time: number | string): Promise<void> {
    return this.advance((typeof time === 'string' ? Date.parse(time) : time) - this.now());
  }

  /** Wakes sleepers in their turn until `done` has settled. @throws Error when nothing sleeps any more before that */
  async advanceUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    const finish = () => {
      isDone = true;
    };
    done.then(finish, finish);
    do {
      await this.#quiet();
      if (isDone) return;
    } while (this.#wake(Number.POSITIVE_INFINITY));
    throw new Error('nothing will ever wake');
  }

  /** Moves on to the first sleeper that is due by `end`, if there is one. */
  #wake(end: number): boolean {
    const next = this.#sleepers.reduce<Sleeper | undefined>(
      (first, sleeper) => (first === undefined || sleeper.due < first.due ? sleeper : first),
      undefined,
    );
    if (next === undefined || next.due > end) return false;
    this.#sleepers = this.#sleepers.filter((other) => other !== next);
    this.#timer = Math.max(this.#timer, next.due);
    next.wake();
    return true;
  }
}

/** Everything that promises alone can do has been done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
