import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';

/**
 * The bytes of one archive, readable from any offset and any number of times, always the same.
 * Whoever serves it needs to know nothing else.
 */
export interface ArchiveSource {
  /** Bytes of the whole archive. */
  readonly size: number;
  /** Stands for exactly these bytes, as the inside of an ETag: other bytes have another one. */
  readonly validator: string;
  /**
   * Chunks may be shared between readers: do not write into them.
   * @param start first byte, from 0; default 0
   * @param endInclusive last byte; default the archive's last
   * @throws RangeError unless 0 ≤ start and start - 1 ≤ endInclusive < size (equality is the empty range)
   */
  read(start?: number, endInclusive?: number): Readable;
}

/** An archive from a file, such as a genuine dump. The file must not change while it is served. */
export function fileArchive(path: string): ArchiveSource {
  const { size, mtimeMs } = statSync(path);
  return archiveSource(size, shortHash(`${path}:${size}:${mtimeMs}`), (start, endInclusive) =>
    createReadStream(path, { start, end: endInclusive, highWaterMark: 256 * 1024 }),
  );
}

/** An archive from memory. */
export function bufferArchive(bytes: Uint8Array): ArchiveSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return archiveSource(buffer.length, shortHash(buffer), (start, endInclusive) =>
    Readable.from([buffer.subarray(start, endInclusive + 1)], { objectMode: false }),
  );
}

/** Puts the range's defaults and its checks around `open`, which sees only ranges that are not empty. */
export function archiveSource(
  size: number,
  validator: string,
  open: (start: number, endInclusive: number) => Readable,
): ArchiveSource {
  return {
    size,
    validator,
    read(start = 0, endInclusive = size - 1) {
      const whole = Number.isSafeInteger(start) && Number.isSafeInteger(endInclusive);
      if (!whole || start < 0 || endInclusive >= size || endInclusive < start - 1) {
        throw new RangeError(`bytes ${start}-${endInclusive} are not within an archive of ${size} bytes`);
      }
      return endInclusive < start ? Readable.from([], { objectMode: false }) : open(start, endInclusive);
    },
  };
}

/** Hex digest of a range (default: all) of an archive, for comparing with what arrived. */
export async function archiveDigest(
  source: ArchiveSource,
  algorithm: 'sha256' | 'md5' | 'sha1' = 'sha256',
  start?: number,
  endInclusive?: number,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of source.read(start, endInclusive)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** All of an archive in memory: for small ones. */
export async function archiveBytes(source: ArchiveSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.read()) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** 32 hex digits that stand for `content`. */
export function shortHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
