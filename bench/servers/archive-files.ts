import {
  closeSync,
  createWriteStream,
  existsSync,
  ftruncateSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { cacheFolder } from '../cache-folder.ts';

/** The folder with the archives that the source serves. */
export function archiveFolder(): string {
  return cacheFolder('archives');
}

/** A `.tar.gz` of exactly that size, of bytes that do not compress; made once. @returns its file name */
export async function archiveFile(size: number): Promise<string> {
  const name = `synthetic-${size}.tar.gz`;
  const path = join(archiveFolder(), name);
  if (!existsSync(path)) {
    process.stderr.write(`writing an archive of ${size} bytes\n`);
    await pipeline(syntheticArchive({ size }).read(), createWriteStream(`${path}.part`));
    renameSync(`${path}.part`, path);
  }
  return name;
}

/**
 * A file of that size that takes no room: the beginning of a gzip file (RFC 1952 §2.3) and then a hole, which
 * reads as zeros. For sizes that nobody wants on the disk; only its beginning makes it an archive.
 */
export function hollowFile(size: number): string {
  const name = `hollow-${size}.tar.gz`;
  const file = openSync(join(archiveFolder(), name), 'w');
  writeSync(file, Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]));
  ftruncateSync(file, size);
  closeSync(file);
  return name;
}
