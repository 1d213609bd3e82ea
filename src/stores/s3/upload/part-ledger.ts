import { createHash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  digestOf,
  fullObjectChecksum,
  type PartDigest,
} from '../../../integrity/checksum.ts';
import type { StoredPart, UploadReceipt } from '../../../integrity/stored-object.ts';
import { checkResponse, type PartResponse, strongTag } from './part-check.ts';
import { receiptOf } from './upload-receipt.ts';

/** What was sent as each part of one upload, and how the store answered for it. */
export class PartLedger {
  /** With the CRC32 of each, by which the whole is held against what the source gave. */
  readonly #parts = new Map<number, StoredPart & { readonly crc32: string }>();
  readonly #algorithm: ChecksumAlgorithm;
  readonly #etagsAreMd5: boolean;

  /** @param etagsAreMd5 false where encryption makes ETags something else */
  constructor(algorithm: ChecksumAlgorithm, etagsAreMd5: boolean) {
    this.#algorithm = algorithm;
    this.#etagsAreMd5 = etagsAreMd5;
  }

  /**
   * Enters one part once the store has answered.
   * @throws StoreError `s3.bad_digest` when the store holds other bytes than `bytes`
   */
  confirm(number: number, bytes: Buffer, digest: PartDigest, response: PartResponse): void {
    const checkedBy = checkResponse(number, digest, response, {
      etagsAreMd5: this.#etagsAreMd5,
      md5: () => createHash('md5').update(bytes).digest('hex'),
    });
    const fingerprint = strongTag(response.ETag ?? '');
    const { value: crc32 } = digest.algorithm === 'CRC32' ? digest : digestOf('CRC32', bytes);
    this.#parts.set(number, { number, size: bytes.length, fingerprint, digest, checkedBy, crc32 });
  }

  /** What is known of the whole, of the parts entered so far. */
  receipt(partSize: number, sentAs: 'multipart' | 'put'): UploadReceipt {
    const parts = [...this.#parts.values()].sort((a, b) => a.number - b.number);
    const whole = fullObjectChecksum(
      'CRC32',
      parts.map(({ size, crc32 }) => ({ size, value: crc32 })),
    );
    const algorithm = this.#algorithm;
    return receiptOf(parts, { partSize, algorithm, sentAs, crc32: whole?.value ?? null });
  }
}
