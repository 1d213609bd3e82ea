import { Readable, type Writable } from 'node:stream';

/** Chunks up to this size are copied, and written together with what follows: the framing of others, mostly. */
const SMALL = 1024;

/**
 * A stream over chunks of which each may be used only until the next one is asked for. The SDK pipes a body into
 * its request; a usual stream would ask for the next chunk while the one before still lies in a buffer. Piped, this
 * one asks only when the system has taken the bytes. Read in any other way, it copies.
 */
export class BorrowedStream extends Readable {
  readonly #chunks: AsyncIterator<Buffer>;
  #stop: (() => void) | undefined;

  constructor(chunks: AsyncIterable<Buffer>) {
    super({ objectMode: true, highWaterMark: 1 });
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    void this.#pump(destination as unknown as Writable);
    return destination;
  }

  override _read(): void {
    this.#chunks.next().then(
      ({ done, value }) => this.push(done === true ? null : Buffer.from(value)),
      (error: Error) => this.destroy(error),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stop?.();
    // Not awaited: a source that gives nothing ends only when its pending read ends.
    void Promise.resolve(this.#chunks.return?.()).catch(() => {});
    callback(error);
  }

  async #pump(destination: Writable): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#chunks.next();
        if (this.destroyed) return;
        if (done === true) break;
        if (value.length <= SMALL) destination.write(Buffer.from(value));
        else await this.#written(destination, value);
        if (this.destroyed) return;
      }
      destination.end();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** Settles when the system has taken the bytes, or never will: the request then says so by itself. */
  #written(destination: Writable, bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#stop = resolve;
      destination.write(bytes, () => resolve());
    });
  }
}
