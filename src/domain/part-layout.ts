import { ArchiverError } from './errors.ts';

const MiB = 2 ** 20;

/**
 * S3's bounds on a multipart upload
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). Every part but the last has at
 * least 5 MiB and at most 5 GiB; 10,000 parts at most, at some stores fewer.
 */
export const MIN_PART_SIZE = 5 * MiB;
export const MAX_PART_SIZE = 5 * 1024 * MiB;
export const MAX_PARTS = 10_000;

/** Big enough that a round trip per part is small beside its transfer, small enough for a 256 MiB container. */
const DEFAULT_PART_SIZE = 8 * MiB;
/** Size unknown: 64 MiB × 10,000 reaches 625 GiB; sent one at a time, they occupy 128 MiB. */
const UNKNOWN_SIZE_PART = 64 * MiB;
const DEFAULT_CONCURRENCY = 4;
const PARALLEL_PART_SIZE = 32 * MiB;
/** What the parts of one archive may occupy; where one part takes more than half of it, two parts. */
const MEMORY_BUDGET = 64 * MiB;

export interface PartLayout {
  /** Bytes of every part but the last. */
  readonly partSize: number;
  /** Parts in flight at once. Buffers hold at most `partSize × (concurrency + 1)` bytes. */
  readonly concurrency: number;
}

export interface PartLayoutOptions {
  readonly partSize?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly maxParts?: number | undefined;
}

/**
 * Chooses part size and concurrency together, so that memory has a stated limit. A function of its
 * arguments alone: a restart computes the same layout. Options beyond S3's bounds are brought within them.
 * @param size bytes of the archive, or `null` where nobody knows
 * @throws ArchiverError `s3.too_large` when no permitted layout holds the archive
 */
export function layoutParts(size: number | null, options: PartLayoutOptions = {}): PartLayout {
  const maxParts = Math.min(options.maxParts ?? MAX_PARTS, MAX_PARTS);
  const wanted = options.partSize ?? (size === null ? UNKNOWN_SIZE_PART : DEFAULT_PART_SIZE);
  const needed = size === null ? 0 : Math.ceil(size / maxParts / MiB) * MiB;
  if (needed > MAX_PART_SIZE) throw tooLarge(size, maxParts);
  const partSize = Math.max(MIN_PART_SIZE, Math.min(wanted, MAX_PART_SIZE), needed);
  const affordable = Math.floor(MEMORY_BUDGET / partSize) - 1;
  const concurrency = options.concurrency ?? Math.max(1, Math.min(DEFAULT_CONCURRENCY, affordable));
  return { partSize, concurrency };
}

/**
 * The layout for parts that are streamed through and not held: larger ones, since each costs two requests
 * and no memory. What a crash loses is at most `partSize × concurrency` bytes of download; the next run reads one
 * part more than is missing, to know the source again.
 * @param size bytes of the archive
 * @throws ArchiverError `s3.too_large`
 */
export function layoutParallelParts(size: number, options: PartLayoutOptions = {}): PartLayout {
  const { partSize } = layoutParts(size, { ...options, partSize: options.partSize ?? PARALLEL_PART_SIZE });
  return { partSize, concurrency: options.concurrency ?? DEFAULT_CONCURRENCY };
}

function tooLarge(size: number | null, maxParts: number): ArchiverError {
  const hint =
    maxParts < MAX_PARTS
      ? 'Raise s3.maxParts (S3_MAX_PARTS) if the store allows more.'
      : 'S3 holds nothing larger in one object: this database cannot be archived as one.';
  const message = `an archive of ${size} bytes does not fit into ${maxParts} parts of 5 GiB`;
  return new ArchiverError('s3.too_large', message, { hint, details: { bytes: size, maxParts } });
}

/** How many parts an archive of `size` bytes has: at least one. */
export function countParts(size: number, partSize: number): number {
  return Math.max(1, Math.ceil(size / partSize));
}
