import { Semaphore } from './semaphore.ts';

/**
 * A semaphore whose limit follows a service: halved when it asks for less, and raised by one after as many works in a
 * row have gone well, up to where it began: additive increase, multiplicative decrease.
 */
export class AdaptiveConcurrency extends Semaphore {
  readonly #most: number;
  #goneWell = 0;

  constructor(most: number) {
    super(most);
    this.#most = most;
  }

  slowDown(): void {
    this.limit = Math.max(1, Math.floor(this.limit / 2));
    this.#goneWell = 0;
  }

  wentWell(): void {
    this.#goneWell++;
    if (this.#goneWell < this.limit || this.limit >= this.#most) return;
    this.limit++;
    this.#goneWell = 0;
  }
}
