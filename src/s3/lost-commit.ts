import type { StoredObject, UploadReceipt } from '../domain/archive-store.ts';
import { compareChecksum } from '../domain/compare-checksum.ts';

/**
 * The answer to Complete or PutObject may be lost after the store has done it; asked again it says
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
  return found.etag ?? '';
}

function isSame({ checksum, etag }: StoredObject, sent: UploadReceipt): boolean {
  const { says } = compareChecksum(checksum, sent);
  if (says === 'nothing') return etag !== null && etag === sent.expectedEtag;
  return says !== 'other bytes';
}
