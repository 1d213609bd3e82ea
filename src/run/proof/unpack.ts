import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';

/** Bytes that are unpacked at once. */
const UNPACKED = 256 * 1024;

/** The bytes are not one gzip from the first to the last. `message` goes on from "does not unpack: ". */
export class BadGzip extends Error {
  override readonly name = 'BadGzip';
}

/**
 * Unpacks a gzip to its end, with as little held as a piece. It carries a CRC32 and the length of what it packs
 * (RFC 1952 §2.3.1), so that a flipped bit or a missing end shows.
 * @param bytes each piece is in use until the next one is asked for
 * @param take gets each piece of what was packed; where it gives a promise, the next one comes after that
 * @returns how many bytes were packed
 * @throws BadGzip; what `bytes` or `take` throws; the signal's reason
 */
export async function unpack(
  bytes: AsyncIterable<Buffer>,
  take: (piece: Buffer) => void | Promise<void>,
  signal: AbortSignal,
): Promise<number> {
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
  let packed = 0;
  try {
    [packed] = await Promise.all([feed(gunzip, bytes), pipeline(gunzip, taker, { signal })]);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw isZlibError(error) ? new BadGzip(error.message) : error;
  } finally {
    gunzip.destroy();
  }
  // Node's gunzip ends without an error before zero bytes that follow the last member.
  if (gunzip.bytesWritten !== packed) {
    throw new BadGzip(`after ${gunzip.bytesWritten} of its ${packed} bytes comes something that is not gzip`);
  }
  return packed;
}

/**
 * Gives the memory of an unpacked piece back at once, where gunzip writes nothing more into it. Left to V8, it is 64 MiB of
 * garbage before each collection, and each looks at the whole heap. The piece, and those before it, must not be read any more.
 */
export function letGo(piece: Buffer): void {
  const { buffer } = piece;
  // Of another size it may be Node's pool, which others have a share of.
  const isFull = buffer.byteLength === UNPACKED && piece.byteOffset + piece.length === UNPACKED;
  if (isFull && buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/**
 * Gives the bytes to gunzip, each piece once the one before is unpacked: until then its memory is in use.
 * @returns how many there were
 */
async function feed(gunzip: Gunzip, bytes: AsyncIterable<Buffer>): Promise<number> {
  let packed = 0;
  let failure: Error | undefined;
  let wake = () => {};
  // Of a write that fails nothing is heard but this.
  gunzip.once('close', () => wake());
  gunzip.on('error', (error) => {
    failure = error;
  });
  for await (const piece of bytes) {
    packed += piece.length;
    await new Promise<void>((done) => {
      wake = done;
      gunzip.write(piece, () => done());
    });
    if (failure !== undefined) throw failure;
    if (gunzip.destroyed) break;
  }
  gunzip.end();
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
