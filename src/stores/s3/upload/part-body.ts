import { createHash, type Hash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  type PartDigest,
  type RunningDigest,
  startDigest,
} from '../../../integrity/checksum.ts';
import { IntegrityError } from '../../../model/errors.ts';
import type { PartBytes } from '../../../ports/archive-store.ts';
import { checksumHeader } from './checksum-fields.ts';

/** Bytes of one aws-chunk. Some stores refuse chunks over 16 MiB; smaller ones cost a line each. */
const AWS_CHUNK = 2 ** 20;
/** Characters of an encoded checksum. */
const ENCODED = { CRC32: 8, CRC64NVME: 12, SHA256: 44 } as const;

/**
 * One part's bytes on their way: counted, and their checksum taken as they pass, unless their reader has. It may be
 * known only at the end, so it follows the bytes as a trailer, in the `aws-chunked` coding with an unsigned payload
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html): the store checks it
 * before it answers, and nothing is held back or read twice.
 */
export class PartBody {
  readonly #size: number;
  readonly #body: PartBytes;
  readonly #md5: Hash | undefined;
  readonly #algorithm: ChecksumAlgorithm;
  readonly #digest: RunningDigest | undefined;
  #passed = 0;

  /** @param trailer whether the store compares the bytes with their checksum; else its ETag has to be compared with the MD5 */
  constructor(
    size: number,
    body: PartBytes,
    { algorithm, trailer }: { algorithm: ChecksumAlgorithm; trailer: boolean },
  ) {
    this.#size = size;
    this.#body = body;
    this.#algorithm = algorithm;
    // A store that is given a checksum tells of bytes that have changed in memory.
    this.#digest = trailer && body.digest !== undefined ? undefined : startDigest(algorithm);
    this.#md5 = trailer ? undefined : createHash('md5');
  }

  /** The checksum of what has passed, once all of it has. */
  get digest(): PartDigest {
    return this.#body.digest ?? { algorithm: this.#algorithm, value: this.#digest?.value() ?? '' };
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

  /** The bytes in the `aws-chunked` coding, their checksum in the trailer. */
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
    yield Buffer.from(`\r\n${this.#trailer(this.digest.value)}`, 'latin1');
  }

  /** Bytes of all that `chunked` yields: known beforehand, so that no transfer coding is needed on top. */
  get chunkedLength(): number {
    const frame = (bytes: number) => bytes.toString(16).length + 2 + bytes + 2;
    const rest = this.#size % AWS_CHUNK;
    const trailer = this.#trailer('#'.repeat(ENCODED[this.#algorithm])).length;
    return Math.floor(this.#size / AWS_CHUNK) * frame(AWS_CHUNK) + (rest === 0 ? 0 : frame(rest)) + trailer;
  }

  #trailer(value: string): string {
    return `0\r\n${checksumHeader(this.#algorithm)}:${value}\r\n\r\n`;
  }

  #count(bytes: Buffer): void {
    this.#passed += bytes.length;
    if (this.#passed > this.#size) throw this.#wrongLength('too_long');
    this.#digest?.update(bytes);
    this.#md5?.update(bytes);
  }

  #checkEnd(): void {
    if (this.#passed !== this.#size) throw this.#wrongLength('truncated');
    const { digest: read } = this.#body;
    if (read === undefined || this.#digest === undefined || read.value === this.#digest.value()) return;
    throw new IntegrityError('archive.checksum_mismatch', 'other bytes were sent of a part than were read');
  }

  #wrongLength(how: 'too_long' | 'truncated'): IntegrityError {
    return new IntegrityError(`archive.${how}`, `a part of ${this.#size} bytes was given ${this.#passed}`, {
      details: { expectedBytes: this.#size, bytes: this.#passed },
    });
  }
}
