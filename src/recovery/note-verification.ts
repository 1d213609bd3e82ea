import { type ArchiverError, toArchiverError } from '../model/errors.ts';
import { keptOf, type Verification } from '../model/verification.ts';
import type { ArchiveStore, ListedObject } from '../ports/archive-store.ts';
import type { EventLog } from '../ports/event-log.ts';

/** One look at an archive of either kind; the other kind stays as it was. */
export type NewLook = Partial<Pick<Verification, 'readBack' | 'restored'>>;

/**
 * Writes down what was found, beside the archive. Where that cannot be done it is in the log, and in what is printed.
 * @param checksum of its manifest
 * @returns why it was not done
 * @throws the signal's reason
 */
export async function noteVerification(
  { store, log }: { store: Pick<ArchiveStore, 'readVerification' | 'writeVerification'>; log: EventLog },
  archive: ListedObject,
  checksum: string,
  look: NewLook,
  signal: AbortSignal,
): Promise<ArchiverError | undefined> {
  const { key, lastModified: storedAt } = archive;
  try {
    const before = await store.readVerification(archive, signal);
    const of = { checksum, storedAt };
    const verification: Verification = {
      version: 1,
      key,
      checksum,
      readBack: keptOf(before, 'readBack', of),
      restored: keptOf(before, 'restored', of),
      ...look,
    };
    await store.writeVerification(archive, verification, signal);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    log.warn('verify.not_noted', { error, key }, `${key}: what was found cannot be written beside it`);
    return toArchiverError(error);
  }
}
