import { createHash, type Hash } from 'node:crypto';
import { crc32, encodeCrc32 } from '../domain/crc32.ts';
import { IntegrityError } from '../domain/errors.ts';

/** Bytes of one aws-chunk. Some stores refuse chunks over 16 MiB; smaller ones cost a line each. */
const AWS_CHUNK = 2 ** 20;
export const CRC32_TRAILER = 'x-amz-checksum-crc32';

/**
 * One part's bytes on their way: counted, and their CRC32 taken as they pass. The CRC32 is known only at
 * the end, so it follows the bytes as a trailer, in the `aws-chunked` coding with an unsigned payload
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html): the store checks it
 * before it answers, and nothing is held back or read twice.
 */
export class PartBody {
  readonly #size: number;
  readonly #body: AsyncIterable<Buffer>;
  readonly #md5: Hash | undefined;
  #passed = 0;
  #crc = 0;

  /** @param withMd5 for a store that takes no trailer: its ETag has to be compared with the MD5 */
  constructor(size: number, body: AsyncIterable<Buffer>, { withMd5 }: { withMd5: boolean }) {
    this.#size = size;
    this.#body = body;
    this.#md5 = withMd5 ? createHash('md5') : undefined;
  }

  /** CRC32 of what has passed. */
  get crc(): number {
    return this.#crc;
  }

  /** MD5 of what has passed, in lower-case hex, if it was wanted. */
  md5(): string | undefined {
    return this.#md5?.copy().digest('hex');
  }

  /** The bytes as they are. */
  async *plain(): AsyncGenerator<Buffer> {
    for await (const bytes of this.#body) {
      this.#count(bytes);
      yield bytes;
    }
    this.#checkEnd();
  }

  /** The bytes in the `aws-chunked` coding, their CRC32 in the trailer. */
  async *chunked(): AsyncGenerator<Buffer> {
    let room = 0;
    for await (const bytes of this.#body) {
      const begun = this.#passed;
      this.#count(bytes);
      for (let offset = 0; offset < bytes.length; ) {
        if (room === 0) {
          const at = begun + offset;
          room = Math.min(AWS_CHUNK, this.#size - at);
          yield Buffer.from(`${at === 0 ? '' : '\r\n'}${room.toString(16)}\r\n`, 'latin1');
        }
        const piece = bytes.subarray(offset, offset + room);
        offset += piece.length;
        room -= piece.length;
        yield piece;
      }
    }
    this.#checkEnd();
    yield Buffer.from(`\r\n0\r\n${CRC32_TRAILER}:${encodeCrc32(this.#crc)}\r\n\r\n`, 'latin1');
  }

  /** Bytes of all that `chunked` yields: known beforehand, so that no transfer coding is needed on top. */
  get chunkedLength(): number {
    const frame = (bytes: number) => bytes.toString(16).length + 2 + bytes + 2;
    const rest = this.#size % AWS_CHUNK;
    // An encoded CRC32 always has eight characters.
    const trailer = `0\r\n${CRC32_TRAILER}:########\r\n\r\n`.length;
    return Math.floor(this.#size / AWS_CHUNK) * frame(AWS_CHUNK) + (rest === 0 ? 0 : frame(rest)) + trailer;
  }

  #count(bytes: Buffer): void {
    this.#passed += bytes.length;
    if (this.#passed > this.#size) throw this.#wrongLength('too_long');
    this.#crc = crc32(bytes, this.#crc);
    this.#md5?.update(bytes);
  }

  #checkEnd(): void {
    if (this.#passed !== this.#size) throw this.#wrongLength('truncated');
  }

  #wrongLength(how: 'too_long' | 'truncated'): IntegrityError {
    return new IntegrityError(`archive.${how}`, `a part of ${this.#size} bytes was given ${this.#passed}`, {
      details: { expectedBytes: this.#size, bytes: this.#passed },
    });
  }
}
