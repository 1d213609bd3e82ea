import type { StoredObject, UploadReceipt } from './archive-store.ts';
import { IntegrityError } from './errors.ts';
import type { Proof } from './manifest.ts';

/**
 * Compares what the store says it holds with what was sent.
 * @returns the strongest proof that the answer carries, or `undefined` where it carries none and the object
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
  const composite = stored.checksum?.kind === 'composite';
  const expected = composite ? sent.compositeChecksum : sent.checksum;
  // A checksum of another algorithm than ours says nothing, neither for nor against.
  if (stored.checksum?.algorithm === expected.algorithm) {
    if (stored.checksum.value !== expected.value)
      throw mismatch(key, expected.algorithm, expected.value, stored.checksum.value);
    return composite ? 'store-composite' : 'store-full-object';
  }
  if (sent.partsCheckedBy === 'md5' && sent.expectedEtag !== null && stored.etag !== null) {
    if (stored.etag !== sent.expectedEtag) throw mismatch(key, 'ETag', sent.expectedEtag, stored.etag);
    return 'part-md5';
  }
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
