import type { ArchiveIdentity } from '../model/archive-key.ts';
import { isCheckObject } from '../model/check-object.ts';
import { hasCode } from '../model/errors.ts';
import type { ArchiveStore } from '../ports/archive-store.ts';
import type { LastArchived } from './scheduled-database.ts';

/** How many archives are opened in search of a manifest that can be read. */
const LOOKED_AT = 20;

/**
 * When the newest archive of a database was archived, from the bucket alone. One whose manifest cannot be read does
 * not count: its run reports it, and here it would only keep the schedule waiting.
 * @throws StoreError
 */
export async function newestArchivedAt(
  store: Pick<ArchiveStore, 'list' | 'listUploads' | 'readManifest'>,
  database: string,
  signal: AbortSignal,
): Promise<LastArchived> {
  const { archives, unproven } = await store.list(database, signal);
  // By the backup's own time the newest need not be the last that was archived, but `mirror` fetches the
  // newest first, and the other modes know no other order.
  for (const archive of archives.slice(0, LOOKED_AT)) {
    try {
      const manifest = await store.readManifest(archive, signal);
      if (manifest !== undefined) return Date.parse(manifest.archivedAt);
    } catch (error) {
      if (!hasCode(error, 'manifest.invalid')) throw error;
    }
  }
  // What a run has left that was stopped in its first night must not wait for the next.
  if (archives.length > 0 || unproven.some(isOfRun)) return 'begun';
  return (await store.listUploads(database, signal)).some(isOfRun) ? 'begun' : undefined;
}

/** What a killed check has left is none. */
function isOfRun(found: ArchiveIdentity): boolean {
  return !isCheckObject(found);
}
