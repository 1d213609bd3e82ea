import type { ArchiveStore } from '../domain/archive-store.ts';

/**
 * When the newest archive of a database was archived, from the bucket alone, in milliseconds since the
 * epoch; `undefined` where there is none.
 * @throws StoreError; ArchiverError `manifest.invalid`
 */
export async function newestArchivedAt(
  store: Pick<ArchiveStore, 'list' | 'readManifest'>,
  database: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { archives } = await store.list(database, signal);
  // By the backup's own time the newest need not be the last that was archived, but `mirror` fetches the
  // newest first, and the other modes know no other order.
  const newest = archives[0];
  if (newest === undefined) return undefined;
  const manifest = await store.readManifest(newest, signal);
  return manifest === undefined ? undefined : Date.parse(manifest.archivedAt);
}
