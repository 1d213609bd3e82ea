import { AsyncLocalStorage } from 'node:async_hooks';
import type { SimulatedProcess } from './simulated-process.ts';

/** The simulated process whose code runs just now. */
const running = new AsyncLocalStorage<SimulatedProcess>();
const real = { setTimeout, clearTimeout, setInterval, clearInterval };
const realAbort = AbortSignal.timeout;
const realNow = performance.now;

/** Runs `work` as the code of a process: its timers are those of the process, and end with it. */
export function runAs<Result>(process: SimulatedProcess, work: () => Result): Result {
  return running.run(process, work);
}

class VirtualTimer {
  readonly #process: SimulatedProcess;
  readonly #milliseconds: number;
  readonly #run: () => void;
  #due = 0;
  #isSet = false;
  #isCleared = false;

  constructor(process: SimulatedProcess, milliseconds: number, run: () => void) {
    this.#process = process;
    this.#milliseconds = milliseconds;
    this.#run = run;
    this.refresh();
  }

  refresh(): this {
    this.#due = this.#process.time.now + this.#milliseconds;
    this.#wait();
    return this;
  }

  clear(): void {
    this.#isCleared = true;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  #wait(): void {
    if (this.#isSet) return;
    this.#isSet = true;
    this.#process.deliver(this.#due, 'timer', () => {
      this.#isSet = false;
      if (this.#isCleared) return;
      if (this.#due > this.#process.time.now) this.#wait();
      else runAs(this.#process, this.#run);
    });
  }
}

/**
 * Gives the code of simulated processes timers of their own: a stall of a minute takes no minute. All other code keeps
 * the real ones.
 * @returns takes them away again
 */
export function installVirtualTimers(): () => void {
  const setVirtual = (run: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) => {
    const process = running.getStore();
    if (process === undefined) return real.setTimeout(run, milliseconds, ...given);
    return new VirtualTimer(process, milliseconds, () => run(...given));
  };
  const setRepeated = (run: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) => {
    const process = running.getStore();
    if (process === undefined) return real.setInterval(run, milliseconds, ...given);
    const timer = new VirtualTimer(process, Math.max(milliseconds, 1), () => {
      timer.refresh();
      run(...given);
    });
    return timer;
  };
  const clearVirtual = (timer?: unknown) => {
    if (timer instanceof VirtualTimer) timer.clear();
    else real.clearTimeout(timer as NodeJS.Timeout);
  };
  const abortAfter = (milliseconds: number): AbortSignal => {
    if (running.getStore() === undefined) return realAbort.call(AbortSignal, milliseconds);
    const controller = new AbortController();
    setVirtual(() => controller.abort(new DOMException('it took too long', 'TimeoutError')), milliseconds);
    return controller.signal;
  };
  const now = () => running.getStore()?.time.now ?? realNow.call(performance);
  const virtual = {
    setTimeout: setVirtual,
    clearTimeout: clearVirtual,
    setInterval: setRepeated,
    clearInterval: clearVirtual,
  };
  Object.assign(globalThis, virtual);
  Object.assign(AbortSignal, { timeout: abortAfter });
  Object.assign(performance, { now });
  return () => {
    Object.assign(globalThis, real);
    Object.assign(AbortSignal, { timeout: realAbort });
    Object.assign(performance, { now: realNow });
  };
}
