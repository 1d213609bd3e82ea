import { hasCode } from '../model/errors.ts';
import type { ListedObject } from '../ports/archive-store.ts';
import type { DatabaseJob } from './database-job.ts';

/** How many manifests are read in search of one: enough for the archives of some days. */
const LOOKED_AT = 20;

/**
 * The archive of a database whose manifest was written at `since` or later; `undefined` where there is none. A run that
 * is started again by this knows what it has done already.
 *
 * `archivedAt` stands in the manifest alone. A store may show the time at which an upload was begun as that of the
 * object, and uploads are finished for `maxUploadAge` at most: older objects need not be looked at.
 * @throws StoreError
 */
export async function archiveMadeSince(
  { name, store, settings }: Pick<DatabaseJob, 'name' | 'store' | 'settings'>,
  since: Date,
  signal: AbortSignal,
): Promise<{ readonly archive: ListedObject; readonly archivedAt: string } | undefined> {
  const { archives } = await store.list(name, signal);
  const earliest = since.getTime() - settings.maxUploadAge;
  const young = archives.filter(({ lastModified }) => lastModified.getTime() >= earliest);
  for (const archive of young.slice(0, LOOKED_AT)) {
    try {
      const manifest = await store.readManifest(archive, signal);
      if (manifest === undefined) continue;
      if (Date.parse(manifest.archivedAt) >= since.getTime())
        return { archive, archivedAt: manifest.archivedAt };
    } catch (error) {
      if (!hasCode(error, 'manifest.invalid')) throw error;
    }
  }
  return undefined;
}
