import type { Readable } from 'node:stream';
import { crc32, encodeCrc32 } from '../../integrity/crc32.ts';
import type { ArchiveIdentity } from '../../model/archive-key.ts';
import { IntegrityError } from '../../model/errors.ts';
import type { DatabaseJob } from '../database-job.ts';
import { readWatched, storeFaults } from '../download/stall-watch.ts';
import { BadGzip, letGo, unpack } from './unpack.ts';

export interface ReadBack {
  readonly size: number;
  /** CRC32 of the stored bytes, base64 of its four bytes. */
  readonly checksum: string;
}

export interface ReadBounds {
  /** Milliseconds without a byte; see `readWatched`. */
  readonly stallTimeout: number;
  /** The store's error where it gives no byte, or too few. @param what goes on from "the store" */
  readonly fault: (what: string) => Error;
}

/** Reads an archive of the store to its end; see `readBack`. */
export async function readStored(
  { store, settings }: Pick<DatabaseJob, 'store' | 'settings'>,
  archive: ArchiveIdentity,
  digests: readonly { update(bytes: Buffer): void }[],
  signal: AbortSignal,
): Promise<ReadBack> {
  const bounds = {
    stallTimeout: settings.stallTimeout,
    fault: (what: string) => store.readStalled(archive, what),
  };
  return readBack(store.keyOf(archive), await store.read(archive, signal), digests, bounds, signal);
}

/**
 * Reads a stored archive to its end and unpacks it into nothing: what is wrong with it shows without the source.
 * @param digests are given every byte as well
 * @throws IntegrityError `archive.damaged`; what `fault` makes where the store gives no byte; what the stream raises
 */
export async function readBack(
  key: string,
  body: Readable,
  digests: readonly { update(bytes: Buffer): void }[],
  { stallTimeout, fault }: ReadBounds,
  signal: AbortSignal,
): Promise<ReadBack> {
  let crc = 0;
  const watched = async function* () {
    for await (const chunk of readWatched(body, stallTimeout, storeFaults(fault), signal)) {
      crc = crc32(chunk, crc);
      for (const digest of digests) digest.update(chunk);
      yield chunk;
    }
  };
  try {
    const size = await unpack(watched(), letGo, signal);
    return { size, checksum: encodeCrc32(crc) };
  } catch (error) {
    throw error instanceof BadGzip ? damaged(key, error.message) : error;
  }
}

function damaged(key: string, why: string): IntegrityError {
  return new IntegrityError('archive.damaged', `${key} does not unpack: ${why}`, {
    hint: 'No manifest was written. The source was replaced in mid-copy, or the store damaged the bytes. The next run makes the archive again.',
    details: { key },
  });
}
