import { createHash } from 'node:crypto';
import {
  type ChecksumAlgorithm,
  compositeChecksum,
  fullObjectChecksum,
  type SizedDigest,
} from '../../../integrity/checksum.ts';
import type { PartCheck, StoredPart, UploadReceipt } from '../../../integrity/stored-object.ts';

export interface ReceiptOptions {
  readonly partSize: number;
  /** What the parts were checked by. */
  readonly algorithm: ChecksumAlgorithm;
  /** `put`: as one PutObject, whose ETag and checksum are not made of parts. */
  readonly sentAs?: 'multipart' | 'put';
  /** CRC32 of all the bytes, where it was computed apart. */
  readonly crc32?: string | null;
}

/**
 * What is known of an object from its parts.
 * @param parts all of them, in any order
 */
export function receiptOf(
  parts: readonly StoredPart[],
  { partSize, algorithm, sentAs = 'multipart', crc32 = null }: ReceiptOptions,
): UploadReceipt {
  const inOrder = [...parts].sort((a, b) => a.number - b.number);
  const digests = inOrder.flatMap(({ size, digest }): SizedDigest[] =>
    digest?.algorithm === algorithm ? [{ size, value: digest.value }] : [],
  );
  const areAllKnown = digests.length === inOrder.length;
  return {
    size: inOrder.reduce((sum, part) => sum + part.size, 0),
    parts: inOrder.length,
    partSize,
    algorithm,
    ...(areAllKnown ? checksums(algorithm, digests, sentAs) : { checksum: null, compositeChecksum: null }),
    crc32,
    partsCheckedBy: weakest(inOrder.map(({ checkedBy }) => checkedBy)),
    expectedFingerprint: objectEtag(
      inOrder.map(({ fingerprint }) => fingerprint),
      sentAs,
    ),
  };
}

function checksums(
  algorithm: ChecksumAlgorithm,
  digests: readonly SizedDigest[],
  sentAs: 'multipart' | 'put',
): Pick<UploadReceipt, 'checksum' | 'compositeChecksum'> {
  const [whole] = digests;
  if (sentAs === 'put' && whole !== undefined) {
    return { checksum: { algorithm, value: whole.value, kind: 'full-object' }, compositeChecksum: null };
  }
  const composite = compositeChecksum(algorithm, digests);
  return { checksum: fullObjectChecksum(algorithm, digests) ?? composite, compositeChecksum: composite };
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
