import { createHash } from 'node:crypto';
import type { PartCheck, StoredPart, UploadReceipt } from './archive-store.ts';
import { compositeChecksum, fullObjectChecksum, type PartDigest } from './crc32.ts';

/**
 * What is known of an object from its parts.
 * @param parts all of them, in any order
 * @param sentAs `put`: as one PutObject, whose ETag is not one of parts
 */
export function receiptOf(
  parts: readonly StoredPart[],
  partSize: number,
  sentAs: 'multipart' | 'put' = 'multipart',
): UploadReceipt {
  const inOrder = [...parts].sort((a, b) => a.number - b.number);
  const digests = inOrder.flatMap(({ size, crc }): PartDigest[] => (crc === null ? [] : [{ size, crc }]));
  const areAllKnown = digests.length === inOrder.length;
  return {
    size: inOrder.reduce((sum, part) => sum + part.size, 0),
    parts: inOrder.length,
    partSize,
    checksum: areAllKnown ? fullObjectChecksum(digests) : null,
    compositeChecksum: areAllKnown ? compositeChecksum(digests) : null,
    partsCheckedBy: weakest(inOrder.map(({ checkedBy }) => checkedBy)),
    expectedEtag: objectEtag(
      inOrder.map(({ etag }) => etag),
      sentAs,
    ),
  };
}

/** The weakest of the parts' checks is what the whole can claim. */
function weakest(checks: readonly PartCheck[]): PartCheck {
  if (checks.includes('none')) return 'none';
  return checks.includes('md5') ? 'md5' : 'checksum';
}

/**
 * The ETag that S3 gives to the object these parts make: of a multipart upload the MD5 of the parts' MD5s
 * and their number, of a single PutObject its MD5. `null` where part ETags are no MD5s.
 */
function objectEtag(etags: readonly string[], sentAs: 'multipart' | 'put'): string | null {
  if (!etags.every(isMd5)) return null;
  if (sentAs === 'put') return etags[0] ?? null;
  const digest = createHash('md5')
    .update(Buffer.from(etags.join(''), 'hex'))
    .digest('hex');
  return `${digest}-${etags.length}`;
}

/** Whether an ETag may be an MD5: 32 hex digits. */
export function isMd5(etag: string): boolean {
  return /^[0-9a-f]{32}$/.test(etag);
}
