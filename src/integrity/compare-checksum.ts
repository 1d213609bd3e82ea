import type { ArchiveChecksum } from '../model/manifest.ts';
import type { StoredChecksum, UploadReceipt } from './stored-object.ts';

/** What a store's checksum says of the bytes that were sent. */
export type ChecksumVerdict =
  | { readonly says: 'full-object' | 'composite' }
  /** It is of other bytes. */
  | { readonly says: 'other bytes'; readonly expected: ArchiveChecksum }
  /** Neither for nor against: of another algorithm, or of a kind that is not known of these bytes. */
  | { readonly says: 'nothing' };

/**
 * Holds the store's checksum against what was sent. Where the store does not say of which kind its checksum
 * is (Garage writes a composite one without its number of parts), either may be it.
 */
export function compareChecksum(stored: StoredChecksum | null, sent: UploadReceipt): ChecksumVerdict {
  if (stored === null) return { says: 'nothing' };
  const known = [sent.checksum, sent.compositeChecksum].flatMap((checksum) =>
    checksum !== null && checksum.algorithm === stored.algorithm ? [checksum] : [],
  );
  const asked = known.filter(({ kind }) => stored.kind === null || stored.kind === kind);
  const same = asked.find(({ value, kind }) => {
    return (
      value === stored.value || (stored.kind === null && kind === 'composite' && bare(value) === stored.value)
    );
  });
  if (same !== undefined) return { says: same.kind };
  const [expected] = asked;
  return expected === undefined ? { says: 'nothing' } : { says: 'other bytes', expected };
}

/** A composite checksum without its number of parts. */
function bare(value: string): string {
  return value.replace(/-\d+$/, '');
}
