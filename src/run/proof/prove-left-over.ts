import { type ChecksumChoice, startWholeDigest } from '../../integrity/checksum.ts';
import type { StoredChecksum, StoredObject } from '../../integrity/stored-object.ts';
import type { Backup } from '../../model/backup.ts';
import { IntegrityError } from '../../model/errors.ts';
import type { ArchiveChecksum, Proof } from '../../model/manifest.ts';
import { countParts } from '../../model/part-layout.ts';
import { isMarkedAs } from '../../model/provenance.ts';
import type { DatabaseJob } from '../database-job.ts';
import { identityOf } from './prove-archive.ts';
import { type ReadBack, readStored } from './read-back.ts';

/** What the manifest of a left-over object has to say. */
export interface LeftOver {
  readonly stored: StoredObject;
  readonly checksum: ArchiveChecksum;
  readonly proof: Proof;
  readonly partSize: number;
}

/**
 * An object without its manifest, left by a crash between Complete and the manifest: ours if it has the
 * ids of this backup, whole if it has the size that the API states and unpacks to its end.
 * @returns `undefined` where it is not proved and must be made again
 */
export async function proveLeftOver(
  job: DatabaseJob,
  backup: Backup,
  signal: AbortSignal,
): Promise<LeftOver | undefined> {
  const archive = identityOf(job, backup);
  const stored = await job.store.head(archive, signal);
  if (stored === undefined || !isMarkedAs(stored.metadata, backup.id, job.sourceId)) return undefined;
  if (job.settings.verifySize && backup.size !== null && stored.size !== backup.size) return undefined;
  const sizes = partSizesOf(job, stored);
  const guesses = guessesOf(stored.checksum, sizes);
  try {
    const wholes = guesses.map(({ whole }) => whole);
    const back = await readStored(job, archive, wholes, signal);
    return back.size === stored.size ? judge(stored, back, guesses, sizes[0] ?? stored.size) : undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** One reading of what the store's checksum is of. */
interface Guess {
  readonly whole: ReturnType<typeof startWholeDigest>;
  readonly partSize: number;
}

/** Of a composite checksum it is not known where the parts were cut: each size that gives their number may be. */
function guessesOf(checksum: StoredChecksum | null, sizes: readonly number[]): Guess[] {
  if (checksum === null) return [];
  const { algorithm, kind } = checksum;
  const guess = (choice: ChecksumChoice['kind'], partSize: number): Guess => ({
    whole: startWholeDigest({ algorithm, kind: choice }, partSize),
    partSize,
  });
  const full = kind === 'composite' ? [] : [guess('full-object', sizes[0] ?? 1)];
  const isComposite = kind !== 'full-object' && algorithm !== 'CRC64NVME';
  return [...full, ...(isComposite ? sizes.map((size) => guess('composite', size)) : [])];
}

function judge(
  stored: StoredObject,
  back: ReadBack,
  guesses: readonly Guess[],
  partSize: number,
): LeftOver | undefined {
  const crc32: ArchiveChecksum = { algorithm: 'CRC32', value: back.checksum, kind: 'full-object' };
  for (const guess of guesses) {
    const checksum = guess.whole.checksum();
    if (!isSame(checksum, stored.checksum)) continue;
    if (checksum.kind === 'full-object') return { stored, checksum, proof: 'store-full-object', partSize };
    // The CRC32 of the whole says more, and can be computed by any tool.
    const recorded = checksum.algorithm === 'CRC32' ? crc32 : checksum;
    return { stored, checksum: recorded, proof: 'store-composite', partSize: guess.partSize };
  }
  if (stored.checksum?.kind === 'full-object') return undefined;
  // A composite one that none of the guesses gives says nothing: the parts may have been cut elsewhere.
  return { stored, checksum: crc32, proof: 'read-back', partSize };
}

function isSame({ value, kind }: ArchiveChecksum, stored: StoredChecksum | null): boolean {
  if (stored === null || (stored.kind !== null && stored.kind !== kind)) return false;
  return value === stored.value || (stored.kind === null && value.replace(/-\d+$/, '') === stored.value);
}

/**
 * The part sizes that an object may have been made with, likeliest first: those that give the number of parts which
 * the store tells; where it tells none, the whole is one part.
 */
function partSizesOf({ store }: DatabaseJob, { size, parts: stated }: StoredObject): number[] {
  const parts = stated ?? 1;
  const sizes = [
    store.layoutFor(size).partSize,
    store.streamLayoutFor(size).partSize,
    Math.ceil(size / parts),
  ];
  return [...new Set(sizes)].filter((partSize) => countParts(size, partSize) === parts);
}
