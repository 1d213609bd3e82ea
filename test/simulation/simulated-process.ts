import type { Clock } from '../../src/ports/clock.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What reaches a process from outside. */
type Delivery = 'timer' | 'response';

interface Deferred {
  readonly kind: Delivery;
  readonly run: () => void;
}

/** A promise of something that a dead process waits for. */
export const NEVER: Promise<never> = new Promise(() => {});

/** One start of an archiver. Killed, nothing of it runs on: all that it waits for never comes. */
export class SimulatedProcess {
  readonly name: string;
  readonly time: VirtualTime;
  readonly clock: Clock;
  /** Milliseconds by which its wall clock is ahead. */
  #skew: number;
  /** Whether work of it is under way on Node's threads, which no promise of ours shows. */
  isComputing = false;
  /** Called once, when it is killed. */
  onKilled: () => void = () => {};
  #isAlive = true;
  #frozenUntil = 0;
  #deferred: Deferred[] = [];

  /** @param skew milliseconds by which its wall clock is ahead at first */
  constructor(name: string, time: VirtualTime, skew: number) {
    this.name = name;
    this.time = time;
    this.#skew = skew;
    this.clock = {
      now: () => Math.floor(time.now + this.#skew),
      elapsed: () => time.now,
      sleep: (milliseconds, signal) => this.#sleep(milliseconds, signal),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Ends it at once, as SIGKILL does. */
  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.isComputing = false;
    this.#deferred = [];
    this.onKilled();
  }

  /** It has ended by itself: nothing reaches it any more. */
  exit(): void {
    this.#isAlive = false;
  }

  /** Sets its wall clock, back where `milliseconds` is negative: no timer knows of it. */
  setClock(milliseconds: number): void {
    this.#skew += milliseconds;
  }

  /** Stops it for so many milliseconds, as SIGSTOP and a suspended machine do. */
  freeze(milliseconds: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.time.now + milliseconds);
    this.time.at(this.#frozenUntil, () => this.#thaw());
  }

  /** Has something reach it at that time: later where it is frozen then, and never where it is dead. */
  deliver(time: number, kind: Delivery, run: () => void): void {
    this.time.at(time, () => {
      if (!this.#isAlive) return;
      if (this.time.now < this.#frozenUntil) this.#deferred.push({ kind, run });
      else run();
    });
  }

  /** Timers go before responses, as in Node's event loop. */
  #thaw(): void {
    if (this.time.now < this.#frozenUntil) return;
    const deferred = this.#deferred;
    this.#deferred = [];
    const inOrder = [
      ...deferred.filter(({ kind }) => kind === 'timer'),
      ...deferred.filter(({ kind }) => kind === 'response'),
    ];
    for (const { kind, run } of inOrder) this.deliver(this.time.now, kind, run);
  }

  #sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (!this.#isAlive) return NEVER;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.deliver(this.time.now + Math.max(milliseconds, 0), 'timer', () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
    });
  }
}
