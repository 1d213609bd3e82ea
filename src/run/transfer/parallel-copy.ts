import { AdaptiveConcurrency } from '../../concurrency/adaptive-concurrency.ts';
import type { StoredPart, UploadReceipt } from '../../integrity/stored-object.ts';
import { hasKind, StoreError } from '../../model/errors.ts';
import { countParts, type PartLayout } from '../../model/part-layout.ts';
import type { PartedUpload } from '../../ports/archive-store.ts';
import type { BackupReader, Download } from '../../ports/backup-source.ts';
import type { TransferMeter } from '../../ports/transfer-progress.ts';
import type { DatabaseJob } from '../database-job.ts';
import { Attempts, type AttemptsOptions } from '../download/attempts.ts';
import { checkedDownloads } from '../download/checked-download.ts';
import { rangeBytes } from '../download/range-source.ts';
import type { Seams } from '../download/seams.ts';

/** An archive whose source has proved that any range of it can be had. */
export interface RangedArchive {
  /** Bytes. */
  readonly size: number;
  /** Strong, and the same in every answer. */
  readonly validator: string;
}

export interface ParallelCopy {
  readonly archive: RangedArchive;
  readonly layout: PartLayout;
  readonly upload: PartedUpload;
  /** Parts that are there already. */
  readonly stored: readonly StoredPart[];
  /** The opened range of part 1, where nobody has read it yet. */
  readonly first: Download | undefined;
  readonly attempts: AttemptsOptions;
  readonly seams: Seams;
  readonly meter: TransferMeter;
}

/**
 * Copies the missing parts of an archive, several at once: each worker opens its range and streams it into
 * its UploadPart, holding nothing. A source that breaks goes on inside the part; a store that fails gets the
 * part again, alone. The first error that no new try can mend ends all of them.
 * @returns what is known of the completed object
 */
export async function copyInParallel(
  job: DatabaseJob,
  copy: ParallelCopy,
  signal: AbortSignal,
): Promise<UploadReceipt> {
  const failing = new AbortController();
  const ended = AbortSignal.any([signal, failing.signal]);
  const copier = new PartCopier(job, copy);
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
  } finally {
    // Taken by nobody when the first part was not missing, or failed before its turn.
    copy.first?.body.destroy();
  }
  ended.throwIfAborted();
  return copy.upload.complete(copier.parts, copy.layout.partSize, signal);
}

/** First and last byte of a part, inclusive. */
export function rangeOf(number: number, partSize: number, size: number): { start: number; end: number } {
  const start = (number - 1) * partSize;
  return { start, end: Math.min(start + partSize, size) - 1 };
}

class PartCopier {
  readonly #job: DatabaseJob;
  readonly #copy: ParallelCopy;
  readonly #downloads: BackupReader;
  readonly #concurrency: AdaptiveConcurrency;
  readonly #parts: Map<number, StoredPart>;
  /** Bytes that are through, of parts in flight. */
  readonly #passing = new Map<number, number>();
  #storedBytes: number;
  #inFlightBytes = 0;

  constructor(job: DatabaseJob, copy: ParallelCopy) {
    this.#job = job;
    this.#copy = copy;
    const { faults } = copy.attempts;
    this.#downloads = checkedDownloads(job.reader, { faults, stallTimeout: job.settings.stallTimeout });
    this.#concurrency = new AdaptiveConcurrency(copy.layout.concurrency);
    this.#parts = new Map(copy.stored.map((part) => [part.number, part]));
    this.#storedBytes = copy.stored.reduce((sum, { size }) => sum + size, 0);
  }

  get parts(): StoredPart[] {
    return [...this.#parts.values()];
  }

  missing(): number[] {
    const count = countParts(this.#copy.archive.size, this.#copy.layout.partSize);
    return Array.from({ length: count }, (_, index) => index + 1).filter(
      (number) => !this.#parts.has(number),
    );
  }

  /** Copies one part, as often as the store needs it sent. */
  async copy(number: number, signal: AbortSignal): Promise<void> {
    const attempts = new Attempts(this.#copy.attempts);
    let first = number === 1 ? this.#copy.first : undefined;
    for (;;) {
      try {
        const part = await this.#concurrency.run(() => this.#send(number, first, signal), signal);
        this.#concurrency.wentWell();
        this.#parts.set(number, part);
        this.#storedBytes += part.size;
        return;
      } catch (error) {
        // What the source raises has been tried as often as it may be.
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof StoreError)) throw error;
        if (hasKind(error, 'slow-down')) this.#concurrency.slowDown();
        await attempts.failed(error, 0, signal);
      } finally {
        first = undefined;
        this.#report(number, 0);
      }
    }
  }

  async #send(number: number, first: Download | undefined, signal: AbortSignal): Promise<StoredPart> {
    signal.throwIfAborted();
    // A refused part does not wait for its source: a connection that stands still is let go at once.
    const over = new AbortController();
    const { archive, layout, upload, attempts, seams } = this.#copy;
    const { start, end } = rangeOf(number, layout.partSize, archive.size);
    const bytes = rangeBytes(
      {
        ...attempts,
        reader: this.#downloads,
        start,
        end,
        totalSize: archive.size,
        validator: archive.validator,
        seams,
        canUnpack: this.#job.store.canReadBack,
        stallTimeout: this.#job.settings.stallTimeout,
        first,
        onProgress: (delivered) => this.#report(number, delivered),
      },
      AbortSignal.any([signal, over.signal]),
    );
    try {
      return await upload.sendPart(number, end - start + 1, bytes, signal);
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
