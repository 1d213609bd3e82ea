import { AdaptiveConcurrency } from '../../concurrency/adaptive-concurrency.ts';
import type { StoredPart, UploadReceipt } from '../../integrity/stored-object.ts';
import { hasKind, StoreError } from '../../model/errors.ts';
import { countParts, type PartLayout } from '../../model/part-layout.ts';
import type { PartBytes, PartedUpload } from '../../ports/archive-store.ts';
import type { TransferMeter } from '../../ports/transfer-progress.ts';
import { Attempts, type AttemptsOptions } from '../download/attempts.ts';

/** How the parts of one archive are read. All else is the same, whatever its source can do. */
export interface PartReader {
  /**
   * Waits until the turn of a part has come. Parts are opened in their order, by several at once.
   * @throws what reading the parts before it has raised
   */
  open(number: number): Promise<OpenPart>;
  /** Every missing part is stored: checks what remains to be checked. @returns the parts that were there before */
  finish(): Promise<readonly StoredPart[]>;
  /** Lets go of the source. */
  close(): void;
}

/** A part whose bytes can be had, as often as they have to be sent. */
export interface OpenPart {
  /**
   * The bytes, from the first one.
   * @param onProgress called with the bytes of the part that have been read
   */
  bytes(onProgress: (bytes: number) => void, signal: AbortSignal): PartBytes;
  /** It is stored, or will never be. */
  close(): void;
}

export interface PartsCopy {
  /** Bytes of the archive. */
  readonly size: number;
  readonly layout: PartLayout;
  readonly upload: PartedUpload;
  /** Parts that are there already. */
  readonly stored: readonly StoredPart[];
  /** @param signal ends the reading */
  readonly read: (signal: AbortSignal) => PartReader;
  readonly attempts: AttemptsOptions;
  readonly meter: TransferMeter;
}

/**
 * Copies the missing parts of an archive, several at once. A store that fails gets the part again, alone. The
 * first error that no new try can mend ends all of them.
 * @returns what is known of the completed object
 */
export async function copyParts(copy: PartsCopy, signal: AbortSignal): Promise<UploadReceipt> {
  const failing = new AbortController();
  const ended = AbortSignal.any([signal, failing.signal]);
  const reader = copy.read(ended);
  const copier = new PartCopier(copy, reader);
  const queue = copier.missing().values();
  const work = async () => {
    for (const number of queue) {
      if (ended.aborted) return;
      await copier.copy(number, ended);
    }
  };
  const workers = Array.from({ length: copy.layout.concurrency }, () =>
    work().catch((error: unknown) => failing.abort(error)),
  );
  try {
    await Promise.all(workers);
    ended.throwIfAborted();
    const stored = await reader.finish();
    return await copy.upload.complete([...stored, ...copier.sent], copy.layout.partSize, signal);
  } finally {
    reader.close();
  }
}

/** First and last byte of a part, inclusive. */
export function rangeOf(number: number, partSize: number, size: number): { start: number; end: number } {
  const start = (number - 1) * partSize;
  return { start, end: Math.min(start + partSize, size) - 1 };
}

/** Bytes of a part. */
export function sizeOfPart(number: number, partSize: number, size: number): number {
  const { start, end } = rangeOf(number, partSize, size);
  return end - start + 1;
}

class PartCopier {
  readonly #copy: PartsCopy;
  readonly #reader: PartReader;
  readonly #concurrency: AdaptiveConcurrency;
  readonly sent: StoredPart[] = [];
  /** Bytes that are through, of parts in flight. */
  readonly #passing = new Map<number, number>();
  #storedBytes: number;
  #inFlightBytes = 0;

  constructor(copy: PartsCopy, reader: PartReader) {
    this.#copy = copy;
    this.#reader = reader;
    this.#concurrency = new AdaptiveConcurrency(copy.layout.concurrency);
    this.#storedBytes = copy.stored.reduce((sum, { size }) => sum + size, 0);
  }

  missing(): number[] {
    const { size, layout, stored } = this.#copy;
    const there = new Set(stored.map(({ number }) => number));
    const all = Array.from({ length: countParts(size, layout.partSize) }, (_, index) => index + 1);
    return all.filter((number) => !there.has(number));
  }

  /** Copies one part, as often as the store needs it sent. */
  async copy(number: number, signal: AbortSignal): Promise<void> {
    const part = await this.#reader.open(number);
    const attempts = new Attempts(this.#copy.attempts);
    try {
      for (;;) {
        try {
          const stored = await this.#concurrency.run(() => this.#send(number, part, signal), signal);
          this.#concurrency.wentWell();
          this.sent.push(stored);
          this.#storedBytes += stored.size;
          return;
        } catch (error) {
          // What the source raises has been tried as often as it may be.
          if (signal.aborted) throw signal.reason;
          if (!(error instanceof StoreError)) throw error;
          if (hasKind(error, 'slow-down')) this.#concurrency.slowDown();
          await attempts.failed(error, 0, signal);
        } finally {
          this.#report(number, 0);
        }
      }
    } finally {
      part.close();
    }
  }

  async #send(number: number, part: OpenPart, signal: AbortSignal): Promise<StoredPart> {
    signal.throwIfAborted();
    // A refused part does not wait for its source: a connection that gives nothing is let go at once.
    const over = new AbortController();
    const { size, layout, upload } = this.#copy;
    const bytes = part.bytes(
      (passed) => this.#report(number, passed),
      AbortSignal.any([signal, over.signal]),
    );
    try {
      return await upload.sendPart(number, sizeOfPart(number, layout.partSize, size), bytes, signal);
    } finally {
      over.abort();
    }
  }

  #report(number: number, passed: number): void {
    this.#inFlightBytes += passed - (this.#passing.get(number) ?? 0);
    this.#passing.set(number, passed);
    this.#copy.meter.report(this.#storedBytes + this.#inFlightBytes);
  }
}
