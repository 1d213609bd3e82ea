import { createHash } from 'node:crypto';
import {
  compositeChecksum,
  crc32,
  encodeCrc32,
  fullObjectChecksum,
  type PartDigest,
} from '../domain/crc32.ts';
import { StoreError } from '../domain/errors.ts';
import type { ArchiveChecksum } from '../domain/manifest.ts';

interface Confirmation {
  readonly ETag?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
}

type Checked = 'checksum' | 'md5' | 'none';

/** What was sent as each part, and how the store answered for it. */
export class PartLedger {
  readonly #parts = new Map<number, PartDigest & { readonly etag: string; readonly checkedBy: Checked }>();
  readonly #etagsAreMd5: boolean;

  /** @param etagsAreMd5 false where encryption makes ETags something else */
  constructor(etagsAreMd5: boolean) {
    this.#etagsAreMd5 = etagsAreMd5;
  }

  /**
   * Enters one part once the store has answered.
   * @throws StoreError `s3.bad_digest` when the store holds other bytes than `bytes`
   */
  confirm(partNumber: number, bytes: Buffer, crc: number, answer: Confirmation): void {
    const etag = unquote(answer.ETag ?? '');
    this.#parts.set(partNumber, {
      size: bytes.length,
      crc,
      etag,
      checkedBy: this.#check(partNumber, bytes, crc, etag, answer),
    });
  }

  #check(partNumber: number, bytes: Buffer, crc: number, etag: string, answer: Confirmation): Checked {
    if (answer.ChecksumCRC32 !== undefined && answer.ChecksumCRC32 !== encodeCrc32(crc)) {
      throw damaged(partNumber, 'CRC32');
    }
    // MD5 costs far more than CRC32: only where the store shows that it checked nothing itself.
    if (answer.ChecksumCRC32 === undefined && this.#etagsAreMd5 && isMd5(etag)) {
      if (createHash('md5').update(bytes).digest('hex') !== etag) throw damaged(partNumber, 'MD5');
      return 'md5';
    }
    return answer.ChecksumCRC32 === undefined ? 'none' : 'checksum';
  }

  get count(): number {
    return this.#parts.size;
  }

  get size(): number {
    return this.#inOrder().reduce((sum, part) => sum + part.size, 0);
  }

  get fullObject(): ArchiveChecksum {
    return fullObjectChecksum(this.#inOrder());
  }

  get composite(): ArchiveChecksum {
    return compositeChecksum(this.#inOrder());
  }

  /** The weakest of the parts' checks: it is what the whole can claim. */
  get checkedBy(): Checked {
    const kinds = new Set(this.#inOrder().map((part) => part.checkedBy));
    return kinds.has('none') ? 'none' : kinds.has('md5') ? 'md5' : 'checksum';
  }

  /**
   * The ETag that S3 gives to the object these parts make: of a multipart upload the MD5 of the parts' MD5s
   * and their number, of a single PutObject its MD5. `undefined` where part ETags are no MD5s.
   */
  objectEtag(multipart: boolean): string | undefined {
    const etags = this.#inOrder().map((part) => part.etag);
    if (!etags.every(isMd5)) return undefined;
    if (!multipart) return etags[0];
    const digest = createHash('md5')
      .update(Buffer.from(etags.join(''), 'hex'))
      .digest('hex');
    return `${digest}-${etags.length}`;
  }

  #inOrder() {
    return [...this.#parts.entries()].sort(([a], [b]) => a - b).map(([, part]) => part);
  }
}

/** CRC32 of a part's bytes. */
export function digestPart(bytes: Buffer): number {
  return crc32(bytes);
}

/** An ETag without its quotes, as everything here compares it. */
export function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}

function damaged(partNumber: number, algorithm: string): StoreError {
  return new StoreError(
    's3.bad_digest',
    `part ${partNumber}: the store holds other bytes than were sent (${algorithm})`,
    {
      operation: `UploadPart ${partNumber}`,
      hint: 'Bytes were damaged on the way to the store. The upload is given up; the next run tries again.',
      retryable: true,
    },
  );
}
