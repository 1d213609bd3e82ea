/** Lets so many work at once and has the others wait in turn. */
export class Semaphore {
  #limit: number;
  #active = 0;
  /** In the order in which they came. */
  readonly #waiting = new Set<() => void>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many may work at once. */
  get limit(): number {
    return this.#limit;
  }

  /** Those that have begun go on, also where there are more of them than may begin from now on. */
  set limit(limit: number) {
    this.#limit = limit;
    this.#admit();
  }

  /**
   * Runs `work` when there is room.
   * @throws what `work` throws; the signal's reason, when that comes before its turn
   */
  async run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      this.#active--;
      this.#admit();
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      // One that was admitted works: only one that still waits can leave.
      if (this.#waiting.delete(resolve)) reject(signal?.reason);
    };
    this.#waiting.add(resolve);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#admit();
    try {
      await promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Begins what there is room for. */
  #admit(): void {
    for (const begin of this.#waiting) {
      if (this.#active >= this.#limit) return;
      this.#waiting.delete(begin);
      this.#active++;
      begin();
    }
  }
}
