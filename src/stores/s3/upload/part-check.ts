import type { PartDigest } from '../../../integrity/checksum.ts';
import type { PartCheck } from '../../../integrity/stored-object.ts';
import type { StoreError } from '../../../model/errors.ts';
import { S3Error } from '../client/s3-error.ts';
import { type ChecksumFields, checksumIn } from './checksum-fields.ts';
import { isMd5 } from './upload-receipt.ts';

/** What a store answers to UploadPart or PutObject. */
export interface PartResponse extends ChecksumFields {
  readonly ETag?: string | undefined;
}

/**
 * Compares the store's response with what was sent.
 * @param md5 lower-case hex, computed only if it is asked for: it costs far more than a CRC
 * @throws StoreError `s3.bad_digest` when the store holds other bytes; `s3.unconfirmed` without an ETag, which S3
 *   sends with each (API_UploadPart): the response is another one's, or Complete could not name the part
 */
export function checkResponse(
  partNumber: number,
  digest: PartDigest,
  response: PartResponse,
  { etagsAreMd5, md5 }: { etagsAreMd5: boolean; md5: () => string | undefined },
): PartCheck {
  if (response.ETag === undefined) throw partUnconfirmed(partNumber);
  const checksum = checksumIn(response, digest.algorithm);
  if (checksum !== undefined) {
    if (checksum !== digest.value) throw damaged(partNumber, digest.algorithm);
    return 'checksum';
  }
  const etag = strongTag(response.ETag);
  const expected = etagsAreMd5 && isMd5(etag) ? md5() : undefined;
  if (expected === undefined) return 'none';
  if (expected === etag) return 'md5';
  // A weak one is of something in between: it does not speak of the bytes that the store holds.
  if (isWeak(response.ETag)) return 'none';
  throw damaged(partNumber, 'MD5');
}

/** `s3.unconfirmed`: the response to a part names no ETag. */
export function partUnconfirmed(partNumber: number): StoreError {
  return new S3Error('s3.unconfirmed', `part ${partNumber}: the response has no ETag`, {
    operation: `UploadPart ${partNumber}`,
    hint: 'Something between here and the store may respond in its place: check s3.endpoint (S3_ENDPOINT) and the proxy.',
    retryable: true,
  });
}

/** A strong ETag without its quotes, as everything here compares it; a weak one as it is (RFC 9110 §8.8.3). */
export function unquote(etag: string): string {
  return isWeak(etag) ? etag : etag.replace(/^"|"$/g, '');
}

/** The ETag that the store gave a part, without quotes: Complete takes the strong one alone. */
export function strongTag(etag: string): string {
  return unquote(asStrong(etag));
}

/** The strong ETag of which a proxy has made a weak one (as nginx does where it compresses). */
export function asStrong(etag: string): string {
  return etag.replace(/^W\//, '');
}

function isWeak(etag: string): boolean {
  return etag.startsWith('W/');
}

function damaged(partNumber: number, algorithm: string): StoreError {
  return new S3Error(
    's3.bad_digest',
    `part ${partNumber}: the store holds other bytes than were sent (${algorithm})`,
    {
      operation: `UploadPart ${partNumber}`,
      hint: 'Bytes were damaged on the way to the store. No manifest is written.',
      retryable: true,
    },
  );
}
