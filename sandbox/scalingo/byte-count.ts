interface Waiter {
  readonly total: number;
  readonly resolve: () => void;
}

/** Counts bytes as they pass, and wakes those who wait for one of them. */
export class ByteCount {
  #total = 0;
  #waiting: Waiter[] = [];

  /** Since the start. */
  get total(): number {
    return this.#total;
  }

  add(bytes: number): void {
    this.#total += bytes;
    const due = this.#waiting.filter(({ total }) => total <= this.#total);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ total }) => total > this.#total);
    for (const { resolve } of due) resolve();
  }

  /** Resolves once so many have passed since the start: at once if they have. */
  reached(total: number): Promise<void> {
    if (total <= this.#total) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ total, resolve }));
  }
}
