import type { S3Client } from '@aws-sdk/client-s3';
import { proveStored } from '../../../integrity/proof.ts';
import type { StoredObject, UploadReceipt } from '../../../integrity/stored-object.ts';
import { hasCode } from '../../../model/errors.ts';
import { isMarkedFor } from '../../../model/provenance.ts';
import { discardUpload } from '../listing/unfinished-uploads.ts';

/**
 * The response to Complete or PutObject may be lost after the store has done it; asked again it says
 * NoSuchUpload, or that the object exists. So look: an object of our size and our checksum or ETag is ours. So, it
 * seems, is one that is marked as ours and of which neither says anything: the proof that follows has to read it back
 * and to compare it with what was sent.
 * @returns the object's ETag
 * @throws `error`, where the store does not hold what was sent
 */
export async function lookAfterLostCommit(
  key: string,
  sent: UploadReceipt,
  head: () => Promise<StoredObject | undefined>,
  error: unknown,
): Promise<string> {
  const found = await head().catch(() => undefined);
  if (found === undefined || !maySame(key, found, sent)) throw error;
  return found.fingerprint ?? '';
}

function maySame(key: string, found: StoredObject, sent: UploadReceipt): boolean {
  const { fingerprint, metadata } = found;
  try {
    if (proveStored(key, found, sent) !== undefined) return true;
    if (fingerprint !== null && fingerprint === sent.expectedFingerprint) return true;
    return sent.checksum !== null && isMarkedFor(key, metadata);
  } catch {
    // Of another size, or its checksum or ETag is of other bytes.
    return false;
  }
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
