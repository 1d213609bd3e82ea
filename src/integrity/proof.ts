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
  // Where they have been MD5s, one that is made in the same way is of other bytes. Any other says nothing.
  if (partsCheckedBy === 'md5' && isMadeAs(fingerprint, expectedFingerprint)) {
    throw mismatch(key, 'ETag', expectedFingerprint, fingerprint);
  }
  return undefined;
}

/**
 * Whether two fingerprints are made in the same way: the MD5 of the whole, or that of the MD5s of so many parts. Stores
 * have ways of their own: the MD5 of the whole for an object of parts too, capital digits, a weak one.
 */
function isMadeAs(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => /^[0-9a-f]{32}(-\d+)?$/.exec(text));
  return a != null && b != null && a[1] === b[1];
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
