import { createHash } from 'node:crypto';
import { type ChecksumAlgorithm, startDigest } from '../../integrity/checksum.ts';
import type { StoredPart } from '../../integrity/stored-object.ts';
import { hasKind } from '../../model/errors.ts';
import { countParts, type PartLayout } from '../../model/part-layout.ts';
import type { PartedUpload, UnfinishedUpload } from '../../ports/archive-store.ts';
import type { Download } from '../../ports/backup-source.ts';
import type { DatabaseJob } from '../database-job.ts';
import type { AttemptsOptions } from '../download/attempts.ts';
import { checkedDownloads } from '../download/checked-download.ts';
import { rangeBytes } from '../download/range-source.ts';
import type { Seams } from '../download/seams.ts';
import { type RangedArchive, rangeOf } from './parallel-copy.ts';

/** An unfinished upload that can be gone on with, and the parts it has. */
export interface Resumable {
  readonly found: UnfinishedUpload;
  readonly upload: PartedUpload;
  readonly parts: readonly StoredPart[];
}

/**
 * Looks for an upload to go on with: of this archive, its parts of exactly the numbers and sizes that the
 * layout gives. Of several, the one that has most. One without parts spares nothing, and may have been begun
 * with other settings than those of now.
 */
export async function findResumable(
  job: DatabaseJob,
  uploads: readonly UnfinishedUpload[],
  { size }: RangedArchive,
  { partSize }: PartLayout,
  options: { mustBeNew: boolean },
  signal: AbortSignal,
): Promise<Resumable | undefined> {
  let best: Resumable | undefined;
  for (const found of uploads) {
    const upload = job.store.resumeUpload(found, options);
    const parts = await listPartsOf(upload, signal);
    if (parts === undefined || parts.length === 0 || !parts.every((part) => fits(part, partSize, size)))
      continue;
    if (best === undefined || parts.length > best.parts.length) best = { found, upload, parts };
  }
  return best;
}

/** The parts of an upload; `undefined` where it has gone meanwhile. */
export async function listPartsOf(
  upload: PartedUpload,
  signal: AbortSignal,
): Promise<StoredPart[] | undefined> {
  try {
    return await upload.listParts(signal);
  } catch (error) {
    if (hasKind(error, 'upload-gone', 'not-found')) return undefined;
    throw error;
  }
}

function fits(part: StoredPart, partSize: number, size: number): boolean {
  if (part.number < 1 || part.number > countParts(size, partSize)) return false;
  const { start, end } = rangeOf(part.number, partSize, size);
  return part.size === end - start + 1;
}

/** What the stored parts of an upload are compared with. */
export interface RecheckSource {
  readonly archive: RangedArchive;
  readonly layout: PartLayout;
  /** The opened range of part 1; used up if that part is compared. */
  readonly first: Download | undefined;
  readonly attempts: AttemptsOptions;
  readonly seams: Seams;
}

/**
 * Whether the source still has the archive that the stored parts are of. What names it (id, size) is equal
 * already; the content tag of the earlier run is not known any more. So the first stored part is read again and
 * compared, which finds most of what has changed before anything is sent. The other parts could still be of
 * another file: the whole archive is unpacked before it counts (`Seams`). Where a stored archive cannot be read
 * again, each stored part is compared instead.
 * @returns the parts, the compared ones with their checksum; `undefined` where one has other bytes
 */
export async function recheckParts(
  job: DatabaseJob,
  { parts, upload }: Resumable,
  source: RecheckSource,
  signal: AbortSignal,
): Promise<readonly StoredPart[] | undefined> {
  const compared = job.store.canReadBack ? parts.slice(0, 1) : parts;
  const rest = parts.slice(compared.length);
  const checked: StoredPart[] = [];
  for (const part of compared) {
    const same = await recheckPart(job, part, upload.algorithm, source, signal);
    if (same === undefined) return undefined;
    checked.push(same);
  }
  if (rest.length > 0) source.seams.joinEarlierRun();
  return [...checked, ...rest];
}

/** @returns the part, its checksum known; `undefined` where it has other bytes */
async function recheckPart(
  job: DatabaseJob,
  part: StoredPart,
  algorithm: ChecksumAlgorithm,
  { archive, layout, first, attempts, seams }: RecheckSource,
  signal: AbortSignal,
): Promise<StoredPart | undefined> {
  const { stallTimeout } = job.settings;
  const md5 = createHash('md5');
  const digest = startDigest(algorithm);
  const bytes = rangeBytes(
    {
      ...attempts,
      ...rangeOf(part.number, layout.partSize, archive.size),
      reader: checkedDownloads(job.reader, { faults: attempts.faults, stallTimeout }),
      totalSize: archive.size,
      validator: archive.validator,
      seams,
      canUnpack: job.store.canReadBack,
      stallTimeout,
      first: part.number === 1 ? first : undefined,
      onProgress: () => {},
    },
    signal,
  );
  for await (const chunk of bytes) {
    digest.update(chunk);
    if (part.digest === null) md5.update(chunk);
  }
  const value = digest.value();
  if (part.digest !== null) return part.digest.value === value ? part : undefined;
  const same = md5.digest('hex') === part.fingerprint;
  return same ? { ...part, digest: { algorithm, value }, checkedBy: 'md5' } : undefined;
}
