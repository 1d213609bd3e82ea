import { crc32 } from 'node:zlib';
import type { ArchiveSource } from '../../sandbox/archive/archive-source.ts';

/** CRC32 of an archive as S3 writes it: base64 of four bytes, the highest first. */
export async function base64Crc32(archive: ArchiveSource): Promise<string> {
  let crc = 0;
  for await (const chunk of archive.read()) crc = crc32(chunk as Buffer, crc);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}
