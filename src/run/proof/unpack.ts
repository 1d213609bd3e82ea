import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

/** Bytes that are unpacked at once. */
const UNPACKED = 256 * 1024;

/** The bytes are not one gzip from the first to the last. `message` goes on from "does not unpack: ". */
export class BadGzip extends Error {
  override readonly name = 'BadGzip';
}

/**
 * Unpacks a gzip to its end, with as little held as a piece. It carries a CRC32 and the length of what it packs
 * (RFC 1952 §2.3.1), so that a flipped bit or a missing end shows.
 * @param take gets each piece of what was packed; where it gives a promise, the next one comes after that
 * @returns how many bytes were packed
 * @throws BadGzip; what `bytes` or `take` throws; the signal's reason
 */
export async function unpack(
  bytes: AsyncIterable<Buffer>,
  take: (piece: Buffer) => void | Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  let packed = 0;
  const counted = async function* () {
    for await (const piece of bytes) {
      packed += piece.length;
      yield piece;
    }
  };
  const gunzip = createGunzip({ chunkSize: UNPACKED });
  const taker = new Writable({
    write(piece: Buffer, _encoding, done) {
      try {
        const taken = take(piece);
        if (taken === undefined) done();
        else taken.then(() => done(), done);
      } catch (error) {
        done(error as Error);
      }
    },
  });
  try {
    await pipeline(Readable.from(counted(), { objectMode: false }), gunzip, taker, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw isZlibError(error) ? new BadGzip(error.message) : error;
  }
  // Node's gunzip ends without an error before zero bytes that follow the last member.
  if (gunzip.bytesWritten !== packed) {
    throw new BadGzip(`after ${gunzip.bytesWritten} of its ${packed} bytes comes something that is not gzip`);
  }
  return packed;
}

/**
 * Whether gunzip raised it. Node's own raises that it was given more after its end, where a member follows zero bytes
 * in chunks of their own.
 */
function isZlibError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  return error.code.startsWith('Z_') || error.code === 'ERR_STREAM_PUSH_AFTER_EOF';
}
