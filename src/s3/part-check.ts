import type { PartCheck } from '../domain/archive-store.ts';
import { encodeCrc32 } from '../domain/crc32.ts';
import { StoreError } from '../domain/errors.ts';
import { isMd5 } from '../domain/upload-receipt.ts';

/** What a store answers to UploadPart or PutObject. */
export interface PartAnswer {
  readonly ETag?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
}

/**
 * Compares the store's answer with what was sent.
 * @param md5 lower-case hex, computed only if it is asked for: it costs far more than a CRC32
 * @throws StoreError `s3.bad_digest` when the store holds other bytes
 */
export function checkAnswer(
  partNumber: number,
  crc: number,
  answer: PartAnswer,
  { etagsAreMd5, md5 }: { etagsAreMd5: boolean; md5: () => string | undefined },
): PartCheck {
  if (answer.ChecksumCRC32 !== undefined) {
    if (answer.ChecksumCRC32 !== encodeCrc32(crc)) throw damaged(partNumber, 'CRC32');
    return 'checksum';
  }
  const etag = unquote(answer.ETag ?? '');
  const digest = etagsAreMd5 && isMd5(etag) ? md5() : undefined;
  if (digest === undefined) return 'none';
  if (digest !== etag) throw damaged(partNumber, 'MD5');
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
