import { abortable } from './abortable.ts';

interface Flight<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  passengers: number;
}

/**
 * One piece of work shared by all who ask for it while it runs. A passenger whose signal is aborted leaves
 * alone; the work itself is stopped only when the last one has left.
 */
export class SharedFlight<T> {
  readonly #start: (signal: AbortSignal) => Promise<T>;
  #current: Flight<T> | undefined;

  constructor(start: (signal: AbortSignal) => Promise<T>) {
    this.#start = start;
  }

  /** @throws the signal's reason, or whatever the work throws */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    this.#current ??= this.#launch();
    const flight = this.#current;
    flight.passengers += 1;
    try {
      return await abortable(flight.promise, signal);
    } finally {
      flight.passengers -= 1;
      if (flight.passengers === 0) {
        // Nobody may join what is being stopped; aborting work that has ended does nothing.
        this.#land(flight);
        flight.controller.abort();
      }
    }
  }

  #launch(): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { promise: this.#start(controller.signal), controller, passengers: 0 };
    const land = () => this.#land(flight);
    flight.promise.then(land, land);
    return flight;
  }

  #land(flight: Flight<T>): void {
    if (this.#current === flight) this.#current = undefined;
  }
}
