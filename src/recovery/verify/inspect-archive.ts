import { IntegrityError } from '../../model/errors.ts';
import { BadGzip, letGo, unpack } from '../../run/proof/unpack.ts';
import { type DumpFile, inspectFile } from '../contents/dump-file.ts';
import { BadContents, Pulled } from '../contents/pulled.ts';
import { walkTar } from '../contents/tar.ts';

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
  const tar = new Pulled(walkTar(inspectFile));
  return damagedBy(key, async () => {
    const look = (piece: Buffer) => {
      tar.update(piece);
      letGo(piece);
    };
    await unpack(bytes, look, signal);
    const files = tar.end();
    // A dump of no bytes restores nothing, whatever its form.
    if (files.every(({ size }) => size === 0)) throw new BadContents('has no file with bytes in it');
    return files;
  });
}

/** Runs what unpacks an archive, and says of which archive what is wrong. @throws IntegrityError `archive.damaged` */
export async function damagedBy<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BadContents) throw damaged(key, error.message);
    throw error instanceof BadGzip ? damaged(key, `does not unpack: ${error.message}`) : error;
  }
}

function damaged(key: string, why: string): IntegrityError {
  return new IntegrityError('archive.damaged', `${key}: ${why}`, {
    hint: 'It cannot be restored as it is. Take another archive (`backup-archiver list`), and look at the older versions of the object.',
    details: { key },
  });
}
