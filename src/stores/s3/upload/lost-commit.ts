import type { S3Client } from '@aws-sdk/client-s3';
import { compareChecksum } from '../../../integrity/compare-checksum.ts';
import type { StoredObject, UploadReceipt } from '../../../integrity/stored-object.ts';
import { hasCode } from '../../../model/errors.ts';
import { discardUpload } from '../listing/unfinished-uploads.ts';

/**
 * The response to Complete or PutObject may be lost after the store has done it; asked again it says
 * NoSuchUpload, or that the object exists. So look: an object of our size and our checksum or ETag is ours.
 * @returns the object's ETag
 * @throws `error`, where the store does not hold what was sent
 */
export async function lookAfterLostCommit(
  sent: UploadReceipt,
  head: () => Promise<StoredObject | undefined>,
  error: unknown,
): Promise<string> {
  const found = await head().catch(() => undefined);
  if (found === undefined || found.size !== sent.size || !isSame(found, sent)) throw error;
  return found.fingerprint ?? '';
}

function isSame({ checksum, fingerprint }: StoredObject, sent: UploadReceipt): boolean {
  const { says } = compareChecksum(checksum, sent);
  if (says === 'nothing') return fingerprint !== null && fingerprint === sent.expectedFingerprint;
  return says !== 'other bytes';
}

/**
 * Aborts an upload whose object was found by `lookAfterLostCommit`: a refused Complete leaves it unfinished. Never
 * throws: the object is there, and the next run aborts uploads of archives that it finds.
 * @param error what Complete raised
 */
export async function discardAfterCommit(
  client: S3Client,
  upload: { bucket: string; key: string; uploadId: string },
  error: unknown,
): Promise<void> {
  if (!hasCode(error, 's3.no_such_upload')) await discardUpload(client, upload);
}
