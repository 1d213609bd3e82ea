import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A pipe that is full to its last byte, and that nothing reads until `read`. */
export class FullPipe implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'pipe-'));
  readonly #path = join(this.#folder, 'fifo');
  readonly #own: number;
  /** Bytes that were in it before anything else. */
  readonly #filled: number;
  #skipped = 0;

  constructor() {
    execFileSync('mkfifo', [this.#path]);
    this.#own = openSync(this.#path, constants.O_RDWR | constants.O_NONBLOCK);
    this.#filled = this.#fill();
  }

  /** An end to write to, which blocks as a pipe of a shell does. Whoever takes it closes it. */
  writeEnd(): number {
    return openSync(this.#path, constants.O_WRONLY);
  }

  /** What there is in it now, without what filled it. */
  read(): string {
    const chunks: Buffer[] = [];
    for (;;) {
      const chunk = Buffer.alloc(64 * 1024);
      const count = readOnce(this.#own, chunk);
      if (count === 0) break;
      chunks.push(chunk.subarray(0, count));
    }
    const all = Buffer.concat(chunks);
    const filling = Math.min(all.length, this.#filled - this.#skipped);
    this.#skipped += filling;
    return all.toString('utf8', filling);
  }

  [Symbol.dispose](): void {
    closeSync(this.#own);
    rmSync(this.#folder, { recursive: true });
  }

  #fill(): number {
    let filled = 0;
    for (const size of [4096, 1]) {
      for (;;) {
        try {
          filled += writeSync(this.#own, Buffer.alloc(size, '.'));
        } catch {
          break;
        }
      }
    }
    return filled;
  }
}

function readOnce(fd: number, into: Buffer): number {
  try {
    return readSync(fd, into);
  } catch {
    return 0;
  }
}
