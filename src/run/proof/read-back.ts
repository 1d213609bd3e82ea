import type { Readable } from 'node:stream';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { crc32, encodeCrc32 } from '../../integrity/crc32.ts';
import type { ArchiveIdentity } from '../../model/archive-key.ts';
import { IntegrityError } from '../../model/errors.ts';
import { formatDuration } from '../../text/duration.ts';
import type { DatabaseJob } from '../database-job.ts';
import { readWatched, type StallFaults } from '../download/stall-watch.ts';

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
 * Reads a stored archive to its end and unpacks it into nothing: gzip carries a CRC32 and the length of
 * what it packs (RFC 1952 §2.3.1), so that a flipped bit or a missing end shows without the source.
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
  let size = 0;
  let crc = 0;
  const gunzip = createGunzip();
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      size += chunk.length;
      crc = crc32(chunk, crc);
      for (const digest of digests) digest.update(chunk);
      yield chunk;
    }
  };
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    const watched = readWatched(body, stallTimeout, faultsOf(fault), signal);
    await pipeline(watched, counted, gunzip, nothing, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (isZlibError(error)) throw damaged(key, error.message);
    throw error;
  }
  // Node's gunzip ends without an error before zero bytes that follow the last member.
  if (gunzip.bytesWritten !== size) {
    throw damaged(key, `after ${gunzip.bytesWritten} of its ${size} bytes comes something that is not gzip`);
  }
  return { size, checksum: encodeCrc32(crc) };
}

function faultsOf(fault: ReadBounds['fault']): StallFaults {
  return {
    stalled: (ms) => fault(`gave no byte of the archive for ${formatDuration(ms)}`),
    tooSlow: (bytes, ms) =>
      fault(`gave ${bytes} bytes of the archive in ${formatDuration(ms)}, less than 1 KiB a second`),
  };
}

/**
 * Whether gunzip raised it. Node's own raises that it was given more after its end, where a member follows zero bytes
 * in chunks of their own.
 */
function isZlibError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return error.code.startsWith('Z_') || error.code === 'ERR_STREAM_PUSH_AFTER_EOF';
}

function damaged(key: string, why: string): IntegrityError {
  return new IntegrityError('archive.damaged', `${key} does not unpack: ${why}`, {
    hint: 'No manifest was written. The source was replaced in mid-copy, or the store damaged the bytes. The next run makes the archive again.',
    details: { key },
  });
}
