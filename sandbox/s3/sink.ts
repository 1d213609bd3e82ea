import { type FileHandle, open } from 'node:fs/promises';

/** Where a body goes. */
export interface Sink {
  /** The buffer may be kept until `finish`. */
  write(data: Buffer): Promise<void>;
  /** Everything is written out. */
  finish(): Promise<void>;
  /** Lets go of the file without finishing. Harmless after `finish`. */
  release(): Promise<void>;
}

/** Gathered before it is written: few large writes cost less than many small ones. */
const BATCH_BYTES = 1024 * 1024;

/** Writes into a file from a position on. */
export class FileSink implements Sink {
  readonly #handle: FileHandle;
  #position: number;
  #batch: Buffer[] = [];
  #batched = 0;
  #closed = false;

  private constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  /** Opens a file for writing, creating it, and leaving what else is in it. */
  static async open(path: string, position: number): Promise<FileSink> {
    let handle: FileHandle;
    try {
      handle = await open(path, 'r+');
    } catch {
      // 'a+' creates without truncating what a concurrent part may have created in between.
      await (await open(path, 'a+')).close();
      handle = await open(path, 'r+');
    }
    return new FileSink(handle, position);
  }

  async write(data: Buffer): Promise<void> {
    this.#batch.push(data);
    this.#batched += data.length;
    if (this.#batched >= BATCH_BYTES) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.release();
  }

  async release(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    let pending = this.#batch;
    this.#batch = [];
    this.#batched = 0;
    while (pending.length > 0) {
      const { bytesWritten } = await this.#handle.writev(pending, this.#position);
      this.#position += bytesWritten;
      pending = dropBytes(pending, bytesWritten);
    }
  }
}

/** A write may be short; this is what is left of it. */
function dropBytes(buffers: Buffer[], count: number): Buffer[] {
  let left = count;
  for (const [index, buffer] of buffers.entries()) {
    if (left < buffer.length) return [buffer.subarray(left), ...buffers.slice(index + 1)];
    left -= buffer.length;
  }
  return [];
}

/** Keeps nothing. */
export class DiscardingSink implements Sink {
  write(): Promise<void> {
    return Promise.resolve();
  }
  finish(): Promise<void> {
    return Promise.resolve();
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
}

/** Keeps it in memory: for the small documents that some requests carry. */
export class MemorySink implements Sink {
  readonly #chunks: Buffer[] = [];

  write(data: Buffer): Promise<void> {
    this.#chunks.push(data);
    return Promise.resolve();
  }
  finish(): Promise<void> {
    return Promise.resolve();
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
  content(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
