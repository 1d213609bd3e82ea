import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32, deflateRawSync } from 'node:zlib';
import { type ArchiveSource, archiveSource, bufferArchive, shortHash } from './archive-source.ts';
import { crc32Advance } from './crc32-combine.ts';
import { TAR_BLOCK, TAR_END, tarHeader } from './tar-header.ts';

/**
 * A `.tar.gz` of any size that is never stored: a tar with one file, in deflate's *stored* blocks
 * (RFC 1951 §3.2.4), so that every offset is known beforehand and any range is made when it is asked for.
 *
 *     gzip header, padded by a comment (RFC 1952 §2.3) │ stored block: tar header
 *     │ stored blocks of 64,000 bytes of content, the same random bytes but for a stamp │ stored block: the
 *     content's rest and the tar's end │ CRC32, length
 *
 * The stamp is the block's number: a reordered, doubled or lost block gives other bytes.
 */
export interface SyntheticArchiveOptions {
  /** Exact bytes of the archive, compressed. The smallest possible is about 200. */
  readonly size: number;
  /** Other seeds, other contents; default `demo`. */
  readonly seed?: string;
  /** The file within the tar; default `20180902010000_demo.pgsql`. */
  readonly fileName?: string;
}

/** Bytes of content in one stored block: with the tar's end it stays under deflate's 65,535. */
const BLOCK = 125 * TAR_BLOCK;
/** Bytes before a stored block's content: type, length, and the length's complement. */
const STORED_HEADER = 5;
const FRAME = STORED_HEADER + BLOCK;
const STAMP = 16;
/** The beginning of a frame, which has the stamp; the rest is one buffer for all, never copied. */
const VARIABLE = STORED_HEADER + STAMP;
const GZIP_HEADER = 10;
const GZIP_TRAILER = 8;
/** Below this, a deflated tar kept in memory; above, stored blocks always fit. */
const SMALL = 8 * 1024;
const MODIFIED_AT = new Date('2018-09-02T01:00:00Z');
const FLAG_COMMENT = 0x10;

/** @throws RangeError when no archive is that small */
export function syntheticArchive(options: SyntheticArchiveOptions): ArchiveSource {
  const { size, seed = 'demo', fileName = '20180902010000_demo.pgsql' } = options;
  if (!Number.isSafeInteger(size)) throw new RangeError(`${size} is not a size`);
  const noise = noiseOf(seed, BLOCK);
  if (size < SMALL) return bufferArchive(smallArchive(size, fileName, noise));

  const layout = layoutOf(size);
  const head = Buffer.concat([
    gzipHeader(layout.padding),
    storedHeader(TAR_BLOCK, false),
    tarHeader({ name: fileName, size: layout.content, modifiedAt: MODIFIED_AT }),
  ]);
  const template = Buffer.concat([storedHeader(BLOCK, false), noise]);
  const tail = tailOf(layout, head.subarray(-TAR_BLOCK), noise);
  const segments = { head, template, tail, blocks: layout.blocks };
  const validator = shortHash(`${size}:${seed}:${fileName}`);
  return archiveSource(size, validator, (start, endInclusive) =>
    Readable.from(chunks(segments, start, endInclusive + 1), { objectMode: false, highWaterMark: 4 * FRAME }),
  );
}

interface Layout {
  /** Bytes by which the gzip header is longer than its ten. */
  readonly padding: number;
  /** Full stored blocks of content. */
  readonly blocks: number;
  /** Bytes of content in the last stored block, before the tar's end. */
  readonly rest: number;
  /** Bytes of the file within the tar. */
  readonly content: number;
}

function layoutOf(size: number): Layout {
  const fixed = GZIP_HEADER + STORED_HEADER + TAR_BLOCK + STORED_HEADER + TAR_END + GZIP_TRAILER;
  const room = size - fixed;
  const blocks = Math.floor(room / FRAME);
  const left = room - blocks * FRAME;
  // The five bytes by which a frame is longer than its content may make `left` reach a full block.
  const rest = Math.floor(left / TAR_BLOCK) * TAR_BLOCK;
  return { padding: left - rest, blocks, rest, content: blocks * BLOCK + rest };
}

function gzipHeader(padding: number): Buffer {
  const header = Buffer.alloc(GZIP_HEADER + padding, 'backup-archiver sandbox. ', 'latin1');
  header.set([0x1f, 0x8b, 8, padding > 0 ? FLAG_COMMENT : 0, 0, 0, 0, 0, 0, 3]);
  header.writeUInt32LE(MODIFIED_AT.getTime() / 1000, 4);
  if (padding > 0) header[header.length - 1] = 0;
  return header;
}

function storedHeader(length: number, last: boolean): Buffer {
  const header = Buffer.alloc(STORED_HEADER);
  header[0] = last ? 1 : 0;
  header.writeUInt16LE(length, 1);
  header.writeUInt16LE(length ^ 0xffff, 3);
  return header;
}

/** The last stored block with the gzip trailer, whose CRC covers everything before. */
function tailOf(layout: Layout, header: Buffer, noise: Buffer): Buffer {
  const end = Buffer.concat([noise.subarray(0, layout.rest), Buffer.alloc(TAR_END)]);
  if (layout.rest > 0) writeStamp(end, 0, layout.blocks);
  const trailer = Buffer.alloc(GZIP_TRAILER);
  trailer.writeUInt32LE(crc32(end, crcOfBlocks(crc32(header), layout.blocks, noise)), 0);
  trailer.writeUInt32LE((TAR_BLOCK + layout.content + TAR_END) % 2 ** 32, 4);
  return Buffer.concat([storedHeader(end.length, true), end, trailer]);
}

/** Continues `crc` over all full blocks, without making them: they differ in their stamps alone. */
function crcOfBlocks(crc: number, blocks: number, noise: Buffer): number {
  const overRest = crc32Advance(BLOCK - STAMP);
  const overBlock = crc32Advance(BLOCK);
  const rest = crc32(noise.subarray(STAMP));
  const stamp = Buffer.alloc(STAMP);
  let total = crc;
  for (let index = 0; index < blocks; index++) {
    writeStamp(stamp, 0, index);
    total = (overBlock(total) ^ overRest(crc32(stamp)) ^ rest) >>> 0;
  }
  return total;
}

/** `block 000000042\n`: found again by a person in a hex dump. */
function writeStamp(target: Buffer, offset: number, index: number): void {
  target.write(`block ${String(index).padStart(9, '0')}\n`, offset, STAMP, 'latin1');
}

interface Segments {
  readonly head: Buffer;
  readonly template: Buffer;
  readonly tail: Buffer;
  readonly blocks: number;
}

function* chunks({ head, template, tail, blocks }: Segments, start: number, end: number): Generator<Buffer> {
  if (start < head.length) yield head.subarray(start, Math.min(end, head.length));
  const tailStart = head.length + blocks * FRAME;
  let position = Math.max(start, head.length);
  const framesEnd = Math.min(end, tailStart);
  while (position < framesEnd) {
    const index = Math.floor((position - head.length) / FRAME);
    const from = position - head.length - index * FRAME;
    const to = Math.min(framesEnd - head.length - index * FRAME, FRAME);
    if (from < VARIABLE) {
      const stamped = Buffer.from(template.subarray(0, VARIABLE));
      writeStamp(stamped, STORED_HEADER, index);
      yield stamped.subarray(from, to);
    }
    if (to > VARIABLE) yield template.subarray(Math.max(from, VARIABLE), to);
    position += to - from;
  }
  if (end > tailStart) yield tail.subarray(Math.max(start - tailStart, 0), end - tailStart);
}

/** A deflated tar whose file is as long as fits; what is missing then goes into the comment. */
function smallArchive(size: number, fileName: string, noise: Buffer): Buffer {
  for (let content = size; content >= 0; content = content > 64 ? content - 16 : content - 1) {
    const padded = Buffer.alloc(Math.ceil(content / TAR_BLOCK) * TAR_BLOCK);
    noise.copy(padded, 0, 0, content);
    const header = tarHeader({ name: fileName, size: content, modifiedAt: MODIFIED_AT });
    const tar = Buffer.concat([header, padded, Buffer.alloc(TAR_END)]);
    const deflated = deflateRawSync(tar, { level: 9 });
    const padding = size - GZIP_HEADER - deflated.length - GZIP_TRAILER;
    if (padding < 0) continue;
    const trailer = Buffer.alloc(GZIP_TRAILER);
    trailer.writeUInt32LE(crc32(tar), 0);
    trailer.writeUInt32LE(tar.length, 4);
    return Buffer.concat([gzipHeader(padding), deflated, trailer]);
  }
  throw new RangeError(`no archive is as small as ${size} bytes`);
}

/** Random bytes that only the seed decides: the key stream of AES in counter mode. */
function noiseOf(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
