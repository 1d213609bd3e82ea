import { hasCode } from '../model/errors.ts';
import { foreignArchives, sourceIdOf } from '../model/provenance.ts';
import type { ArchiveListing, ListedObject } from '../ports/archive-store.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { DatabaseJob } from './database-job.ts';

/** How many archives are opened in search of a manifest that can be read. */
const LOOKED_AT = 20;
const HINT =
  'Two databases must not share a name in a bucket: give this one another name, or a prefix of its own.';

/**
 * Refuses a name whose archives are of another database, as the newest manifest that can be read says. One that
 * cannot be read is logged as an error and passed over: it is a reason to look at that archive, and none to go
 * without tonight's.
 * @throws ArchiverError where they are; StoreError
 */
export async function refuseForeignArchives(
  job: Pick<DatabaseJob, 'name' | 'sourceId' | 'store' | 'log'>,
  { archives }: ArchiveListing,
  signal: AbortSignal,
): Promise<void> {
  for (const archive of archives.slice(0, LOOKED_AT)) {
    try {
      const manifest = await job.store.readManifest(archive, signal);
      // Deleted since the listing.
      if (manifest === undefined) continue;
      const archivedId = sourceIdOf(manifest);
      if (archivedId !== job.sourceId) throw foreignArchives(job, archive.key, archivedId, HINT);
      return;
    } catch (error) {
      reportBadManifest(job.log, archive, error);
    }
  }
}

/** Logs that an archive's manifest cannot be used. @throws `error` where it says something else */
export function reportBadManifest(log: EventLog, { key, backupId }: ListedObject, error: unknown): void {
  if (!hasCode(error, 'manifest.invalid')) throw error;
  log.error('archive.bad_manifest', { key, backupId, error }, `${key} does not count as proved any more`);
}
