/** The rate is that of the last half minute: steady enough to read, quick enough to show a stall. */
const WINDOW_MS = 30_000;
/** Samples closer together than this say nothing new. */
const SAMPLE_MS = 500;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** How fast the bytes come, over a sliding window. Times are milliseconds, as of `Clock.now`. */
export class TransferRate {
  #samples: Sample[];
  #bytes = 0;

  constructor(now: number) {
    this.#samples = [{ at: now, bytes: 0 }];
  }

  /** The rate is taken from here: `bytes` are there, from any run. */
  restart(now: number, bytes: number): void {
    this.#bytes = bytes;
    this.#samples = [{ at: now, bytes }];
  }

  /** Bytes that are through. */
  get bytes(): number {
    return this.#bytes;
  }

  report(now: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // Fewer bytes than before: the source starts over. An earlier time: the clock was set. Neither is a rate.
    if (bytes < this.#bytes || last === undefined || now < last.at) this.restart(now, bytes);
    else if (now - last.at >= SAMPLE_MS) {
      this.#samples.push({ at: now, bytes });
      this.#forget(now);
    }
    this.#bytes = bytes;
  }

  /** Whole bytes a second over the last half minute, or since the start where that is later; 0 while nothing comes. */
  bytesPerSecond(now: number): number {
    this.#forget(now);
    const [first] = this.#samples;
    if (first === undefined || now <= first.at) return 0;
    return Math.max(0, Math.round(((this.#bytes - first.bytes) * 1000) / (now - first.at)));
  }

  /** Whole seconds until `totalBytes`; `null` where the total is not known or nothing comes. */
  etaSeconds(now: number, totalBytes: number | null): number | null {
    const rate = this.bytesPerSecond(now);
    if (totalBytes === null || rate === 0) return null;
    return Math.ceil(Math.max(0, totalBytes - this.#bytes) / rate);
  }

  /** Drops what lies before the window, but the last of it: the window begins there. */
  #forget(now: number): void {
    const inside = this.#samples.findIndex(({ at }) => at > now - WINDOW_MS);
    const before = (inside < 0 ? this.#samples.length : inside) - 1;
    if (before > 0) this.#samples.splice(0, before);
  }
}

/** Whole percent, never 100 before the last byte; `null` where the total is not known. */
export function percentOf(bytes: number, totalBytes: number | null): number | null {
  if (totalBytes === null) return null;
  if (totalBytes <= 0 || bytes >= totalBytes) return 100;
  return Math.floor((bytes / totalBytes) * 100);
}
