import { createHash } from 'node:crypto';
import type { StoredPart, UploadReceipt } from '../domain/archive-store.ts';
import { receiptOf } from '../domain/upload-receipt.ts';
import { checkAnswer, type PartAnswer, unquote } from './part-check.ts';

/** What was sent as each part of one upload, and how the store answered for it. */
export class PartLedger {
  readonly #parts = new Map<number, StoredPart>();
  readonly #etagsAreMd5: boolean;

  /** @param etagsAreMd5 false where encryption makes ETags something else */
  constructor(etagsAreMd5: boolean) {
    this.#etagsAreMd5 = etagsAreMd5;
  }

  /**
   * Enters one part once the store has answered.
   * @throws StoreError `s3.bad_digest` when the store holds other bytes than `bytes`
   */
  confirm(number: number, bytes: Buffer, crc: number, answer: PartAnswer): void {
    const checkedBy = checkAnswer(number, crc, answer, {
      etagsAreMd5: this.#etagsAreMd5,
      md5: () => createHash('md5').update(bytes).digest('hex'),
    });
    this.#parts.set(number, { number, size: bytes.length, etag: unquote(answer.ETag ?? ''), crc, checkedBy });
  }

  /** What is known of the whole, of the parts entered so far. */
  receipt(partSize: number, sentAs: 'multipart' | 'put'): UploadReceipt {
    return receiptOf([...this.#parts.values()], partSize, sentAs);
  }
}
