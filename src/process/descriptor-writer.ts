import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Unwritten text that is kept while nothing reads it, in bytes: a few thousand lines. */
const KEPT = 2 ** 20;
/** Once lines have been dropped, more are taken from here on: else each line that fits would have a gap before it. */
const KEPT_AGAIN = KEPT / 2;
/** Warnings and errors are kept beyond that, up to this. */
const KEPT_AT_ALL = 2 * KEPT;
/** How long all writes together wait for a reader that is slow, until it has caught up. Milliseconds. */
const BUDGET = 250;
/** Pauses between two tries of a write that would have to wait. Milliseconds. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 50;
/** When the process exits: without a byte taken, and at all. Milliseconds. */
const EXIT_PATIENCE = 1_000;
const EXIT_LONGEST = 3_000;

/** `spare` goes first where not everything can be kept: what is logged at debug and info. */
export type Weight = 'spare' | 'needed';

/** What a wait for the reader is bounded by. */
export interface DrainLimits {
  /** Milliseconds without a byte taken. */
  readonly idleLimit: number;
  /** Milliseconds in all. */
  readonly longest?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes to standard output or standard error, at once where the reader reads. It never waits for one that does not:
 * what cannot be written is kept, up to a bound, and tried again; what comes beyond the bound is dropped and counted.
 * After EPIPE it is mute: a reader that went away has seen what it wanted.
 */
export class DescriptorWriter {
  readonly #descriptor: 1 | 2;
  readonly #queue: Buffer[] = [];
  /** Bytes in the queue that are still to be written. */
  #waiting = 0;
  /** Bytes of the first in the queue that have been written. */
  #begun = 0;
  #dropped = 0;
  #budget = BUDGET;
  #pause = FIRST_PAUSE;
  #timer: NodeJS.Timeout | undefined;
  #isMute = false;
  #isGivenUp = false;
  #failure: string | undefined;
  /** Called with how many lines were dropped, when there is room again. */
  onDropped: (lines: number) => void = () => {};

  constructor(descriptor: 1 | 2) {
    this.#descriptor = descriptor;
    neverBlock(descriptor);
    process.on('exit', () => this.#atExit());
  }

  /** Whether something is still to be written. */
  get isBehind(): boolean {
    return this.#waiting > 0;
  }

  /** The system's code for why something could not be written (`ENOSPC`), once that has happened. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Writes whole lines, keeps them, or drops them. Waits for a slow reader a quarter of a second at most. */
  write(text: string, weight: Weight): void {
    if (this.#isMute || text === '') return;
    if (!this.#hasRoom(weight === 'needed' ? KEPT_AT_ALL : this.#dropped > 0 ? KEPT_AGAIN : KEPT)) {
      this.#dropped += linesIn(text);
      return;
    }
    if (this.#waiting < KEPT_AGAIN) this.#tellDropped();
    this.enqueue(text);
  }

  /** Takes on what may not be dropped, whatever waits: see `drained`. */
  enqueue(text: string): void {
    if (this.#isMute) return;
    const bytes = Buffer.from(text);
    this.#queue.push(bytes);
    this.#waiting += bytes.length;
    this.#flush();
  }

  /** Waits until everything is written. @returns false where a limit came first, or it could not be written */
  async drained({ idleLimit, longest = Number.POSITIVE_INFINITY, signal }: DrainLimits): Promise<boolean> {
    const begun = performance.now();
    let movedAt = begun;
    for (;;) {
      const before = this.#waiting;
      if (this.#flush()) return true;
      const now = performance.now();
      if (this.#waiting < before) movedAt = now;
      const isOver = now - movedAt >= idleLimit || now - begun >= longest || signal?.aborted === true;
      if (isOver || this.#failure !== undefined) {
        this.#isGivenUp = true;
        return false;
      }
      await sleep(this.#pause);
    }
  }

  /** Forgets what waits. */
  discard(): void {
    this.#queue.length = 0;
    this.#waiting = 0;
    this.#begun = 0;
    this.#dropped = 0;
  }

  #hasRoom(bound: number): boolean {
    while (this.#waiting >= bound && this.#failure === undefined && this.#budget > 0) {
      const begun = performance.now();
      pauseThread(FIRST_PAUSE);
      this.#flush();
      this.#budget -= performance.now() - begun;
    }
    return this.#waiting < bound;
  }

  /** @returns whether nothing is left */
  #flush(): boolean {
    for (let first = this.#queue[0]; first !== undefined && !this.#isMute; first = this.#queue[0]) {
      const written = this.#writeOnce(first);
      if (written === undefined) {
        this.#tryLater();
        return false;
      }
      this.#pause = FIRST_PAUSE;
      this.#waiting -= written;
      this.#begun += written;
      if (this.#begun < first.length) continue;
      this.#queue.shift();
      this.#begun = 0;
    }
    this.#budget = BUDGET;
    this.#tellDropped();
    return this.#waiting === 0;
  }

  /** @returns `undefined` where it cannot be written now */
  #writeOnce(bytes: Buffer): number | undefined {
    try {
      const written = writeSync(this.#descriptor, bytes, this.#begun);
      this.#failure = undefined;
      return written;
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') {
        this.#isMute = true;
        this.discard();
        return 0;
      }
      if (code !== 'EAGAIN') this.#failure = code;
      return undefined;
    }
  }

  #tryLater(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, this.#pause).unref();
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
  }

  #tellDropped(): void {
    const lines = this.#dropped;
    this.#dropped = 0;
    if (lines > 0) this.onDropped(lines);
  }

  #atExit(): void {
    const begun = performance.now();
    let movedAt = begun;
    while (!this.#isGivenUp && this.#failure === undefined) {
      const before = this.#waiting;
      if (this.#flush()) break;
      const now = performance.now();
      if (this.#waiting < before) movedAt = now;
      if (now - movedAt >= EXIT_PATIENCE || now - begun >= EXIT_LONGEST) break;
      pauseThread(FIRST_PAUSE);
    }
    const lost = this.#dropped + this.#queue.reduce((lines, bytes) => lines + linesIn(bytes.toString()), 0);
    // A full disk is another matter: it takes nothing, and no one waits for it.
    if (lost > 0 && this.#descriptor === 1 && this.#failure === undefined) warnOfLoss(lost);
  }
}

/** The last word where nothing reads standard output: standard error may have a reader. */
function warnOfLoss(lines: number): void {
  try {
    writeSync(2, `backup-archiver: nothing read standard output: ${lines} lines of it are lost\n`);
  } catch {
    // Then it has none either.
  }
}

/**
 * Has a write to a pipe, a socket or a terminal fail with EAGAIN where it would have to wait. Node does that itself
 * for pipes once their stream is opened, sets terminals the other way, and restores both when it exits.
 */
function neverBlock(descriptor: 1 | 2): void {
  const stream: NodeJS.WriteStream & { _handle?: { setBlocking?(blocking: boolean): unknown } } =
    descriptor === 1 ? process.stdout : process.stderr;
  stream._handle?.setBlocking?.(false);
}

function pauseThread(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
