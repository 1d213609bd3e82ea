import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { IntegrityError } from '../../model/errors.ts';
import { type DumpFile, inspectFile } from '../contents/dump-file.ts';
import { BadContents, Pulled } from '../contents/pulled.ts';
import { walkTar } from '../contents/tar.ts';

/** Bytes that are unpacked at once. */
const UNPACKED = 256 * 1024;

/**
 * Unpacks an archive into nothing, and looks at its tar and at the form of each file in it. Nothing is stored, and no more
 * is held than a piece.
 * @param bytes of the archive, from the first to the last
 * @throws IntegrityError `archive.damaged`; what `bytes` throws; the signal's reason
 */
export async function inspectArchive(
  key: string,
  bytes: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<DumpFile[]> {
  let packed = 0;
  const counted = async function* () {
    for await (const piece of bytes) {
      packed += piece.length;
      yield piece;
    }
  };
  const tar = new Pulled(walkTar(inspectFile));
  const gunzip = createGunzip({ chunkSize: UNPACKED });
  const look = new Writable({
    write(piece: Buffer, _encoding, done) {
      try {
        tar.update(piece);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  try {
    await pipeline(Readable.from(counted(), { objectMode: false }), gunzip, look, { signal });
    // Node's gunzip ends without an error before zero bytes that follow the last member.
    if (gunzip.bytesWritten !== packed)
      throw new BadContents(`does not end with its ${gunzip.bytesWritten} bytes of gzip`);
    return tar.end();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof BadContents) throw damaged(key, error.message);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (/^Z_|^ERR_STREAM_PUSH_AFTER_EOF$/.test(code))
      throw damaged(key, `does not unpack: ${(error as Error).message}`);
    throw error;
  }
}

function damaged(key: string, why: string): IntegrityError {
  return new IntegrityError('archive.damaged', `${key}: ${why}`, {
    hint: 'It cannot be restored as it is. Take another archive (`backup-archiver list`), and look at the older versions of the object.',
    details: { key },
  });
}
