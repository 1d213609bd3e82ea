import { AdaptiveConcurrency } from '../../concurrency/adaptive-concurrency.ts';
import type { StoredPart, UploadReceipt } from '../../integrity/stored-object.ts';
import { ArchiverError, hasKind, StoreError } from '../../model/errors.ts';
import { countParts, type PartLayout } from '../../model/part-layout.ts';
import type { PartBytes, PartedUpload } from '../../ports/archive-store.ts';
import type { TransferMeter } from '../../ports/transfer-progress.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import { Attempts, type AttemptsOptions } from '../download/attempts.ts';
import { PartPace, type StuckPart } from './part-pace.ts';

/** How often it is looked for parts that are stuck, in milliseconds. */
const LOOK_EVERY = 1_000;

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
  /** When a part counts as stuck, in milliseconds, where that is not the usual (for tests against a server that hangs). */
  readonly stuckAfter?: number;
}

/** A part was cancelled, since it takes far longer than the others. */
class Stuck extends ArchiverError {
  readonly part: StuckPart;

  constructor(part: StuckPart) {
    const { number, waitedMs, medianMs } = part;
    const others = formatDuration(medianMs);
    super(
      'archive.stalled',
      `part ${number} was not stored after ${formatDuration(waitedMs)}, while the others took ${others}`,
      { details: { part: number, waitedMs: Math.round(waitedMs), medianMs: Math.round(medianMs) } },
    );
    this.part = part;
  }
}

/**
 * Copies the missing parts of an archive, several at once. A store that fails gets the part again, alone. The
 * first error that no new try can mend ends all of them. A part that is stuck is cancelled, and sent again over another
 * connection, once its request is over.
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
  // The system's timer and not the `Clock`: it measures sockets, which know no simulated time.
  const looking = setInterval(
    () => copier.cancelStuck(),
    Math.min(LOOK_EVERY, copy.stuckAfter ?? LOOK_EVERY),
  );
  try {
    await Promise.all(workers);
    ended.throwIfAborted();
    const stored = await reader.finish();
    return await copy.upload.complete([...stored, ...copier.sent], copy.layout.partSize, signal);
  } finally {
    clearInterval(looking);
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
  readonly #pace: PartPace;
  /** What ends the request of each part in flight. */
  readonly #requests = new Map<number, AbortController>();
  readonly sent: StoredPart[] = [];
  /** Bytes that are through, of parts in flight. */
  readonly #passing = new Map<number, number>();
  #storedBytes: number;
  #inFlightBytes = 0;

  constructor(copy: PartsCopy, reader: PartReader) {
    this.#copy = copy;
    this.#reader = reader;
    this.#concurrency = new AdaptiveConcurrency(copy.layout.concurrency);
    this.#pace = new PartPace(countParts(copy.size, copy.layout.partSize), copy.stuckAfter);
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
          if (error instanceof Stuck) {
            this.#logStuck(error);
            continue;
          }
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
    const stuck = new AbortController();
    const ended = AbortSignal.any([signal, stuck.signal]);
    const bytes = part.bytes((passed) => this.#report(number, passed), AbortSignal.any([ended, over.signal]));
    this.#requests.set(number, stuck);
    this.#pace.begin(number, performance.now());
    let isStored = false;
    try {
      const stored = await upload.sendPart(number, sizeOfPart(number, layout.partSize, size), bytes, ended);
      isStored = true;
      return stored;
    } finally {
      this.#pace.end(number, performance.now(), isStored);
      this.#requests.delete(number);
      over.abort();
    }
  }

  /** Ends the requests of the parts that are stuck. Each is sent again when its request has let go of it. */
  cancelStuck(): void {
    for (const part of this.#pace.stuck(performance.now())) {
      this.#requests.get(part.number)?.abort(new Stuck(part));
    }
  }

  #logStuck(error: Stuck): void {
    const { backupId, log } = this.#copy.attempts;
    const { number, attempt, maxAttempts } = error.part;
    const bytes = this.#passing.get(number) ?? 0;
    log.warn(
      'archive.retried',
      { backupId, bytes, attempt, maxAttempts, waitMs: 0, reason: 'stuck part', error },
      `part ${number} is stuck at ${formatByteSize(bytes)}: sending it again over another connection`,
    );
  }

  #report(number: number, passed: number): void {
    this.#inFlightBytes += passed - (this.#passing.get(number) ?? 0);
    this.#passing.set(number, passed);
    this.#copy.meter.report(this.#storedBytes + this.#inFlightBytes);
  }
}
