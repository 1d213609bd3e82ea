import type { StoredPart } from '../../integrity/stored-object.ts';
import type { PartLayout } from '../../model/part-layout.ts';
import type { Download } from '../../ports/backup-source.ts';
import type { DatabaseJob } from '../database-job.ts';
import type { AttemptsOptions } from '../download/attempts.ts';
import { checkedDownloads } from '../download/checked-download.ts';
import { type RangeSourceOptions, rangeBytes } from '../download/range-source.ts';
import type { Seams } from '../download/seams.ts';
import { type OpenPart, type PartReader, rangeOf } from './copy-parts.ts';

/** An archive whose source has proved that any range of it can be had. */
export interface RangedArchive {
  /** Bytes. */
  readonly size: number;
  /** Strong, and the same in every response. */
  readonly validator: string;
}

export interface RangedSource {
  readonly archive: RangedArchive;
  readonly layout: PartLayout;
  /** The opened range of part 1, where it has not been read yet. */
  readonly first: Download | undefined;
  readonly attempts: AttemptsOptions;
  readonly seams: Seams;
}

/**
 * The bytes of one part, over as many connections as it takes.
 * @param first the opened range of this part
 */
export function partBytes(
  job: DatabaseJob,
  { archive, layout, attempts, seams }: RangedSource,
  { number, first, onProgress }: { number: number } & Pick<RangeSourceOptions, 'first' | 'onProgress'>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const { stallTimeout } = job.settings;
  const reader = checkedDownloads(job.reader, { faults: attempts.faults, stallTimeout });
  const range = rangeOf(number, layout.partSize, archive.size);
  const { size: totalSize, validator } = archive;
  const canUnpack = job.store.canReadBack;
  const source = { ...attempts, ...range, reader, totalSize, validator, seams, canUnpack, stallTimeout };
  return rangeBytes({ ...source, first, onProgress }, signal);
}

/**
 * Parts that are read as ranges, each by itself, and held by nothing: a part that has to be sent again is asked for
 * again. A source that breaks goes on inside the part.
 */
export class RangedParts implements PartReader {
  readonly #job: DatabaseJob;
  readonly #source: RangedSource;
  readonly #stored: readonly StoredPart[];
  #first: Download | undefined;

  /** @param stored parts that are there already */
  constructor(job: DatabaseJob, source: RangedSource, stored: readonly StoredPart[]) {
    this.#job = job;
    this.#source = source;
    this.#stored = stored;
    this.#first = source.first;
  }

  async open(number: number): Promise<OpenPart> {
    return {
      bytes: (onProgress, signal) => {
        const first = number === 1 ? this.#takeFirst() : undefined;
        return partBytes(this.#job, this.#source, { number, first, onProgress }, signal);
      },
      close: () => {},
    };
  }

  async finish(): Promise<readonly StoredPart[]> {
    return this.#stored;
  }

  close(): void {
    // Not taken where the first part was not missing, or failed before its turn.
    this.#takeFirst()?.body.destroy();
  }

  #takeFirst(): Download | undefined {
    const first = this.#first;
    this.#first = undefined;
    return first;
  }
}
