/**
 * How many parts are in flight: halved when the store asks for less (503 SlowDown), and raised by one after
 * as many parts in a row have gone well, up to where it began: additive increase, multiplicative decrease.
 */
export class AdaptiveConcurrency {
  readonly #most: number;
  #limit: number;
  #active = 0;
  #goneWell = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  get limit(): number {
    return this.#limit;
  }

  /** Runs `work` when there is room. @throws what `work` throws */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#active >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#active++;
    try {
      return await work();
    } finally {
      this.#active--;
      this.#wake();
    }
  }

  slowDown(): void {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#goneWell = 0;
  }

  wentWell(): void {
    this.#goneWell++;
    if (this.#goneWell < this.#limit || this.#limit >= this.#most) return;
    this.#limit++;
    this.#goneWell = 0;
    this.#wake();
  }

  /** Has all who wait look again whether there is room. */
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
