import { IntegrityError } from '../model/errors.ts';
import type { Proof } from '../model/manifest.ts';
import { compareChecksum } from './compare-checksum.ts';
import type { StoredObject, UploadReceipt } from './stored-object.ts';

/**
 * Compares what the store says it holds with what was sent.
 * @returns the strongest proof that the response carries, or `undefined` where it carries none and the object
 *   has to be read back
 * @throws IntegrityError `archive.size_mismatch` or `archive.checksum_mismatch`
 */
export function proveStored(key: string, stored: StoredObject, sent: UploadReceipt): Proof | undefined {
  if (stored.size !== sent.size) {
    throw new IntegrityError(
      'archive.size_mismatch',
      `${key}: ${sent.size} bytes were sent, the store holds ${stored.size}`,
      {
        details: { key, expectedBytes: sent.size, bytes: stored.size },
      },
    );
  }
  return byChecksum(key, stored, sent) ?? byFingerprint(key, stored, sent);
}

function byChecksum(key: string, { checksum }: StoredObject, sent: UploadReceipt): Proof | undefined {
  const verdict = compareChecksum(checksum, sent);
  if (verdict.says === 'other bytes') {
    const { algorithm, value } = verdict.expected;
    throw mismatch(key, algorithm, value, checksum?.value ?? '');
  }
  if (verdict.says === 'nothing') return undefined;
  return verdict.says === 'composite' ? 'store-composite' : 'store-full-object';
}

const PART_PROOFS = { CRC32: 'part-crc32', CRC64NVME: 'part-crc64nvme', SHA256: 'part-sha256' } as const;

/** Parts that were checked one by one, and a fingerprint that is made of theirs. */
function byFingerprint(key: string, { fingerprint }: StoredObject, sent: UploadReceipt): Proof | undefined {
  const { expectedFingerprint, partsCheckedBy } = sent;
  if (partsCheckedBy === 'none' || expectedFingerprint === null || fingerprint === null) return undefined;
  if (fingerprint === expectedFingerprint)
    return partsCheckedBy === 'md5' ? 'part-md5' : PART_PROOFS[sent.algorithm];
  // Fingerprints of the store's own choosing say nothing; where they have been MD5s, this one is wrong.
  if (partsCheckedBy === 'md5') throw mismatch(key, 'ETag', expectedFingerprint, fingerprint);
  return undefined;
}

function mismatch(key: string, what: string, expected: string, actual: string): IntegrityError {
  return new IntegrityError(
    'archive.checksum_mismatch',
    `${key}: the store's ${what} is ${actual}, what was sent has ${expected}`,
    {
      hint: 'No manifest was written: this object does not count as an archive. The next run replaces it.',
      details: { key, expected, actual },
    },
  );
}
