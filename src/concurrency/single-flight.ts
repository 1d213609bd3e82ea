import { abortable } from './abortable.ts';

interface Work<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  callers: number;
}

/**
 * One piece of work shared by all who ask for it while it runs. A caller whose signal is aborted leaves
 * alone; the work itself is stopped only when the last one has left.
 */
export class SingleFlight<T, Context = void> {
  readonly #start: (signal: AbortSignal, context: Context) => Promise<T>;
  #current: Work<T> | undefined;

  /** @param start is given the context of the caller that made it begin */
  constructor(start: (signal: AbortSignal, context: Context) => Promise<T>) {
    this.#start = start;
  }

  /** @throws the signal's reason, or whatever the work throws */
  async join(signal: AbortSignal, context: Context): Promise<T> {
    signal.throwIfAborted();
    this.#current ??= this.#begin(context);
    const work = this.#current;
    work.callers += 1;
    try {
      return await abortable(work.promise, signal);
    } finally {
      work.callers -= 1;
      if (work.callers === 0) {
        // No caller may join what is being stopped; aborting work that has ended does nothing.
        this.#forget(work);
        work.controller.abort();
      }
    }
  }

  #begin(context: Context): Work<T> {
    const controller = new AbortController();
    const work: Work<T> = { promise: this.#start(controller.signal, context), controller, callers: 0 };
    const forget = () => this.#forget(work);
    work.promise.then(forget, forget);
    return work;
  }

  #forget(work: Work<T>): void {
    if (this.#current === work) this.#current = undefined;
  }
}
