import { createHash, type Hash } from 'node:crypto';
import { type ChecksumAlgorithm, type PartDigest, startDigest } from '../../integrity/checksum.ts';
import type { StoredPart } from '../../integrity/stored-object.ts';
import { hasKind } from '../../model/errors.ts';
import { countParts, type PartLayout } from '../../model/part-layout.ts';
import type { PartedUpload, UnfinishedUpload } from '../../ports/archive-store.ts';
import type { DatabaseJob } from '../database-job.ts';
import { sizeOfPart } from './copy-parts.ts';
import { partBytes, type RangedSource } from './ranged-parts.ts';

/** An unfinished upload that can be resumed, and the parts it has. */
export interface Resumable {
  readonly found: UnfinishedUpload;
  readonly upload: PartedUpload;
  readonly parts: readonly StoredPart[];
}

/**
 * Looks for an upload to resume: of an archive of `size` bytes, its parts of exactly the numbers and sizes that the
 * layout gives. Of several, the one that has most. One without parts spares nothing, and may have been begun
 * with other settings than those of now.
 */
export async function findResumable(
  job: DatabaseJob,
  uploads: readonly UnfinishedUpload[],
  size: number,
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
  return part.size === sizeOfPart(part.number, partSize, size);
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
  source: RangedSource,
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
  source: RangedSource,
  signal: AbortSignal,
): Promise<StoredPart | undefined> {
  const md5 = createHash('md5');
  const digest = startDigest(algorithm);
  const first = part.number === 1 ? source.first : undefined;
  const { number } = part;
  for await (const chunk of partBytes(job, source, { number, first, onProgress: () => {} }, signal)) {
    digest.update(chunk);
    if (part.digest === null) md5.update(chunk);
  }
  return sameBytes(part, { algorithm, value: digest.value() }, md5);
}

/**
 * Compares a stored part with the bytes that the source has in its place.
 * @param md5 of those bytes, where the store lists the part without a checksum
 * @returns the part, its checksum known; `undefined` where it has other bytes
 */
export function sameBytes(part: StoredPart, digest: PartDigest, md5: Hash): StoredPart | undefined {
  if (part.digest !== null) return part.digest.value === digest.value ? part : undefined;
  return md5.digest('hex') === part.fingerprint.toLowerCase()
    ? { ...part, digest, checkedBy: 'md5' }
    : undefined;
}
