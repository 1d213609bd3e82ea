import { ArchiverError } from '../../../model/errors.ts';
import { countParts, type PartLayout } from '../../../model/part-layout.ts';
import { formatByteSize } from '../../../text/byte-size.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** What a store allows of one multipart upload. Sizes in bytes. */
export interface PartLimits {
  readonly maxParts: number;
  /** Of every part but the last. */
  readonly minPartSize: number;
  readonly maxPartSize: number;
  readonly maxObjectSize: number;
}

/** S3's own bounds (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). */
export const S3_LIMITS: PartLimits = {
  maxParts: 10_000,
  minPartSize: 5 * MiB,
  maxPartSize: 5 * GiB,
  maxObjectSize: 10_000 * 5 * GiB,
};

/** Big enough that a round trip per part is small beside its transfer, small enough for a 256 MiB container. */
const DEFAULT_PART_SIZE = 8 * MiB;
/** Size unknown: 64 MiB × 10,000 reaches 625 GiB; sent one at a time, they occupy 128 MiB. */
const UNKNOWN_SIZE_PART = 64 * MiB;
const DEFAULT_CONCURRENCY = 4;
/** Parts of a stream: one is read, one is sent, and of one the confirmation is on its way. */
const HELD_PARTS = 3;
const PARALLEL_PART_SIZE = 32 * MiB;
/** What the parts of one archive may occupy; where one part takes more than half of it, two parts. */
const MEMORY_BUDGET = 64 * MiB;

/** What the configuration says; it goes before what is known of the store. */
export interface PartLayoutOptions {
  readonly partSize?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly maxParts?: number | undefined;
}

/**
 * Chooses part size and concurrency together, so that memory has a stated limit. A function of its
 * arguments alone: a restart computes the same layout. Options beyond the store's bounds are brought within
 * them. All parts but the last are equal, as some stores demand.
 * @param size bytes of the archive, or `null` where it is not known
 * @throws ArchiverError `s3.too_large` when no permitted layout holds the archive
 */
export function layoutParts(
  size: number | null,
  options: PartLayoutOptions = {},
  limits: PartLimits = S3_LIMITS,
): PartLayout {
  const wanted = options.partSize ?? (size === null ? UNKNOWN_SIZE_PART : DEFAULT_PART_SIZE);
  const partSize = fitPartSize(size, wanted, options, limits);
  const affordable = Math.floor(MEMORY_BUDGET / partSize) - 1;
  const concurrency = options.concurrency ?? Math.max(1, Math.min(DEFAULT_CONCURRENCY, affordable));
  return { partSize, concurrency };
}

/**
 * The layout for parts that are cut from one stream of known size, and held until they are confirmed: part size ×
 * concurrency bytes of memory.
 * @param size bytes of the archive
 * @throws ArchiverError `s3.too_large`
 */
export function layoutHeldParts(
  size: number,
  options: PartLayoutOptions = {},
  limits: PartLimits = S3_LIMITS,
): PartLayout {
  const { partSize, concurrency } = layoutParts(size, options, limits);
  // Where the sender collects the next part besides, as `layoutParts` takes it to do, it is one more.
  return { partSize, concurrency: options.concurrency ?? Math.min(HELD_PARTS, concurrency + 1) };
}

/**
 * The layout for parts that are streamed through and not held: larger ones, since each costs two requests
 * and no memory. What a crash loses is at most `partSize × concurrency` bytes of download; the next run reads one
 * part more than is missing, to know the source again.
 * @param size bytes of the archive
 * @throws ArchiverError `s3.too_large`
 */
export function layoutParallelParts(
  size: number,
  options: PartLayoutOptions = {},
  limits: PartLimits = S3_LIMITS,
): PartLayout {
  const partSize = fitPartSize(size, options.partSize ?? PARALLEL_PART_SIZE, options, limits);
  return { partSize, concurrency: options.concurrency ?? DEFAULT_CONCURRENCY };
}

/** The most parts that an upload may have: what is configured, within what S3 itself takes. */
export function maxPartsOf({ maxParts }: PartLayoutOptions, limits: PartLimits): number {
  return Math.min(maxParts ?? limits.maxParts, S3_LIMITS.maxParts);
}

function fitPartSize(
  size: number | null,
  wanted: number,
  options: PartLayoutOptions,
  limits: PartLimits,
): number {
  const { minPartSize, maxPartSize, maxObjectSize } = limits;
  const maxParts = maxPartsOf(options, limits);
  if (size !== null && size > Math.min(maxParts * maxPartSize, maxObjectSize)) {
    throw tooLarge(size, maxParts, limits);
  }
  const needed = size === null ? 0 : Math.ceil(size / maxParts / MiB) * MiB;
  return Math.min(Math.max(wanted, needed, minPartSize), maxPartSize);
}

/**
 * Why a layout has its part size, for the log.
 * @param size bytes of the archive, or `null` where it is not known
 */
export function explainPartSize(
  size: number | null,
  { partSize }: PartLayout,
  options: PartLayoutOptions,
  limits: PartLimits,
): string {
  if (partSize === options.partSize) return 's3.partSize says so';
  if (partSize === limits.maxPartSize) return 'the store takes no larger part';
  if (partSize === limits.minPartSize) return 'the store takes no smaller part';
  const maxParts = maxPartsOf(options, limits);
  if (size !== null && countParts(size, partSize - MiB) > maxParts) {
    return `${formatByteSize(size)} must fit into ${maxParts} parts`;
  }
  return 'the default';
}

function tooLarge(size: number, maxParts: number, limits: PartLimits): ArchiverError {
  const isByParts = size > maxParts * limits.maxPartSize;
  const most = isByParts
    ? `${maxParts} parts of ${formatByteSize(limits.maxPartSize)}`
    : `one object of ${formatByteSize(limits.maxObjectSize)}`;
  const hint =
    isByParts && maxParts < S3_LIMITS.maxParts
      ? 'Raise s3.maxParts (S3_MAX_PARTS) if the store allows more.'
      : 'The store holds nothing larger in one object: this database cannot be archived as one.';
  const message = `an archive of ${size} bytes does not fit into ${most}`;
  return new ArchiverError('s3.too_large', message, { hint, details: { bytes: size, maxParts } });
}
