import type { Random } from '../../src/ports/clock.ts';

interface Entry {
  readonly time: number;
  /** Of equal times, the first that was asked for. */
  readonly order: number;
  readonly run: () => void;
}

const nextTurn = setImmediate;

/**
 * Time that passes only from one thing that happens to the next. After each of them everything that promises can do is
 * done, so that what happens between two of them has an order, and the seed alone decides it.
 */
export class VirtualTime {
  readonly random: Random;
  /** Milliseconds since the epoch. */
  now: number;
  #order = 0;
  readonly #heap: Entry[] = [];

  constructor(start: number, random: Random) {
    this.now = start;
    this.random = random;
  }

  /** Has `run` called at that time. */
  at(time: number, run: () => void): void {
    this.#push({ time: Math.max(time, this.now), order: this.#order++, run });
  }

  /**
   * Lets all happen that is due by `end`.
   * @param isBusy whether work is under way that no promise shows (Node's own threads): waited for
   */
  async runUntil(end: number, isBusy: () => boolean, isOver: () => boolean): Promise<void> {
    await this.#settle(isBusy);
    for (let next = this.#heap[0]; next !== undefined && next.time <= end; next = this.#heap[0]) {
      this.#pop();
      this.now = next.time;
      next.run();
      await this.#settle(isBusy);
      if (isOver()) return;
    }
    this.now = end;
  }

  async #settle(isBusy: () => boolean): Promise<void> {
    do await new Promise<void>((resolve) => nextTurn(resolve));
    while (isBusy());
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, entry)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [first, second] = [heap[left], heap[left + 1]];
      if (first === undefined) break;
      const isSecond = second !== undefined && isBefore(second, first);
      const least = isSecond ? second : first;
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = isSecond ? left + 1 : left;
    }
    heap[at] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
