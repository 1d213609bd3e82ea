/** A part that takes so many times the median of its copy is stuck, more likely than slow. */
const TIMES_MEDIAN = 4;
/** Parts that must be stored before their median says anything. */
const FEWEST = 5;
/** Nothing is stuck before this long, in milliseconds: the times of small parts vary by themselves. */
const SHORTEST = 10_000;
/** How often one part is cancelled. After that its request has the time of any. */
const MOST_OF_PART = 2;
/** How many parts of a copy are cancelled at most: one of twenty, and a few of a small copy. */
const MOST_OF_COPY = { share: 0.05, few: 3 };

/** A part in flight that takes far longer than the others did. */
export interface StuckPart {
  readonly number: number;
  /** Milliseconds since it was begun, and the median of those that are stored. */
  readonly waitedMs: number;
  readonly medianMs: number;
  /** How often it was cancelled, this time included, and how often it may be. */
  readonly attempt: number;
  readonly maxAttempts: number;
}

/**
 * The times that the parts of one copy take. It decides which of those in flight are stuck: cancelled, and sent again,
 * they come through sooner than they would by themselves. It only decides, by the times that it is given, in milliseconds
 * of any clock that is not set back.
 *
 * What it gives up is bounded, as each costs what has been sent of the part: by the copy and by the part, which may take
 * twice as long each time. A line that has become slow as a whole moves the median, and soon nothing is stuck any more.
 */
export class PartPace {
  readonly #shortest: number;
  /** Ascending. */
  readonly #taken: number[] = [];
  readonly #begun = new Map<number, number>();
  readonly #cancelled = new Map<number, number>();
  #left: number;

  /** @param parts of the copy */
  constructor(parts: number, shortest: number = SHORTEST) {
    this.#shortest = shortest;
    this.#left = Math.max(MOST_OF_COPY.few, Math.floor(parts * MOST_OF_COPY.share));
  }

  begin(number: number, now: number): void {
    this.#begun.set(number, now);
  }

  /** Its request is over, well or not. @param stored whether its time counts */
  end(number: number, now: number, stored: boolean): void {
    const begun = this.#begun.get(number);
    this.#begun.delete(number);
    if (begun === undefined || !stored) return;
    const taken = now - begun;
    const place = this.#taken.findIndex((other) => other > taken);
    this.#taken.splice(place < 0 ? this.#taken.length : place, 0, taken);
  }

  /** The parts to be cancelled now. Each is taken off what may still be cancelled, and is named once until it begins anew. */
  stuck(now: number): StuckPart[] {
    const medianMs = this.#median();
    if (medianMs === undefined) return [];
    const found: StuckPart[] = [];
    for (const [number, begun] of this.#begun) {
      const before = this.#cancelled.get(number) ?? 0;
      const waitedMs = now - begun;
      if (this.#left === 0 || before === MOST_OF_PART) continue;
      if (waitedMs < Math.max(this.#shortest, TIMES_MEDIAN * medianMs * 2 ** before)) continue;
      this.#left--;
      this.#cancelled.set(number, before + 1);
      this.#begun.delete(number);
      found.push({ number, waitedMs, medianMs, attempt: before + 1, maxAttempts: MOST_OF_PART });
    }
    return found;
  }

  /** `undefined` where too few are stored. */
  #median(): number | undefined {
    return this.#taken.length < FEWEST ? undefined : this.#taken[this.#taken.length >> 1];
  }
}
