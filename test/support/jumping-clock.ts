import type { Clock } from '../../src/ports/clock.ts';
import type { HttpTraffic } from './http-traffic.ts';

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A clock that jumps to whoever wakes next, as soon as nothing is on its way over HTTP: a year of waiting
 * takes as long as the work in it.
 */
export class JumpingClock implements Clock {
  readonly #traffic: HttpTraffic;
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(start: number, traffic: HttpTraffic) {
    this.#now = start;
    this.#traffic = traffic;
  }

  now(): number {
    return this.#now;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { due: this.#now + Math.max(ms, 0), wake: resolve };
    this.#sleepers.push(sleeper);
    const onAbort = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    await promise.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  /**
   * Jumps on until it is `time`, or `done` has settled.
   * @throws Error when neither can come any more, since nobody sleeps and nothing is under way
   */
  async run(until: { time: number } | { done: Promise<unknown> }): Promise<void> {
    let isDone = false;
    const end = 'time' in until ? until.time : Number.POSITIVE_INFINITY;
    if ('done' in until) {
      const finish = () => {
        isDone = true;
      };
      until.done.then(finish, finish);
    }
    for (;;) {
      await this.#traffic.quiet();
      if (isDone) return;
      const next = this.#sleepers.reduce<Sleeper | undefined>(
        (first, sleeper) => (first === undefined || sleeper.due < first.due ? sleeper : first),
        undefined,
      );
      if (next === undefined && end === Number.POSITIVE_INFINITY) throw new Error('nobody will ever wake');
      if (next === undefined || next.due > end) {
        this.#now = end;
        return;
      }
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.due);
      next.wake();
    }
  }
}
