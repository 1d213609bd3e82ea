import { hasCode } from '../../model/errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import { foreignArchives, sourceIdOf } from '../../model/provenance.ts';
import type { ListedObject } from '../../ports/archive-store.ts';
import type { DatabaseJob } from '../database-job.ts';

/** How many archives are opened in search of a good one; a bucket with more bad ones needs a person. */
const LOOKED_AT = 20;
const HINT = 'Two databases must not share a name in a bucket. Nothing of another database is deleted.';

/**
 * The newest archive that is good as far as can be known without reading it: its manifest can be read, is of
 * this very archive, and the object has the size that it states. It is never deleted, whatever the plan says.
 * @param archives newest first
 * @returns `undefined` where none of the newest is good
 * @throws ArchiverError where the archives are of another database; StoreError
 */
export async function newestGood(
  job: Pick<DatabaseJob, 'name' | 'sourceId' | 'store' | 'log'>,
  archives: readonly ListedObject[],
  signal: AbortSignal,
): Promise<ListedObject | undefined> {
  for (const archive of archives.slice(0, LOOKED_AT)) {
    const manifest = await readOrWarn(job, archive, signal);
    if (manifest === undefined) continue;
    const archivedId = sourceIdOf(manifest);
    if (archivedId !== job.sourceId) throw foreignArchives(job, archive.key, archivedId, HINT);
    if (manifest.size === archive.size && manifest.backupId === archive.backupId) return archive;
    job.log.warn(
      'retention.bad_archive',
      { key: archive.key, bytes: archive.size, expectedBytes: manifest.size },
      `${archive.key} is not what its manifest says: it does not count as good`,
    );
  }
  return undefined;
}

/** The manifest; `undefined`, with a warning, where it is not there or cannot be used. */
export async function readOrWarn(
  job: Pick<DatabaseJob, 'store' | 'log'>,
  archive: ListedObject,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  try {
    const manifest = await job.store.readManifest(archive, signal);
    if (manifest !== undefined) return manifest;
    job.log.warn('retention.bad_archive', { key: archive.key }, `${archive.key} has lost its manifest`);
  } catch (error) {
    if (!hasCode(error, 'manifest.invalid')) throw error;
    const fields = { key: archive.key, error };
    job.log.warn('retention.bad_archive', fields, `the manifest of ${archive.key} cannot be used`);
  }
  return undefined;
}
