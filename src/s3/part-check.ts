import type { PartCheck } from '../domain/archive-store.ts';
import type { PartDigest } from '../domain/checksum.ts';
import { StoreError } from '../domain/errors.ts';
import { isMd5 } from '../domain/upload-receipt.ts';
import { type ChecksumFields, checksumIn } from './checksum-fields.ts';

/** What a store answers to UploadPart or PutObject. */
export interface PartAnswer extends ChecksumFields {
  readonly ETag?: string | undefined;
}

/**
 * Compares the store's answer with what was sent.
 * @param md5 lower-case hex, computed only if it is asked for: it costs far more than a CRC
 * @throws StoreError `s3.bad_digest` when the store holds other bytes
 */
export function checkAnswer(
  partNumber: number,
  digest: PartDigest,
  answer: PartAnswer,
  { etagsAreMd5, md5 }: { etagsAreMd5: boolean; md5: () => string | undefined },
): PartCheck {
  const checksum = checksumIn(answer, digest.algorithm);
  if (checksum !== undefined) {
    if (checksum !== digest.value) throw damaged(partNumber, digest.algorithm);
    return 'checksum';
  }
  const etag = unquote(answer.ETag ?? '');
  const expected = etagsAreMd5 && isMd5(etag) ? md5() : undefined;
  if (expected === undefined) return 'none';
  if (expected !== etag) throw damaged(partNumber, 'MD5');
  return 'md5';
}

/** An ETag without its quotes, as everything here compares it. */
export function unquote(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}

function damaged(partNumber: number, algorithm: string): StoreError {
  return new StoreError(
    's3.bad_digest',
    `part ${partNumber}: the store holds other bytes than were sent (${algorithm})`,
    {
      operation: `UploadPart ${partNumber}`,
      hint: 'Bytes were damaged on the way to the store. No manifest is written.',
      retryable: true,
    },
  );
}
