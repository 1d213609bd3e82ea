import { ArchiverError, hasCode } from '../model/errors.ts';
import type { ArchiveListing } from '../ports/archive-store.ts';
import type { DatabaseJob } from './database-job.ts';

/** How many archives are opened in search of a manifest that can be read. */
const LOOKED_AT = 20;

/**
 * Refuses a name whose archives are of another addon, as the newest manifest that can be read says. One that
 * cannot be read is told as an error and passed over: it is a reason to look at that archive, and none to go
 * without tonight's.
 * @throws ArchiverError `archive.foreign_addon`; StoreError
 */
export async function refuseForeignArchives(
  job: Pick<DatabaseJob, 'name' | 'addonId' | 'store' | 'log'>,
  { archives }: ArchiveListing,
  signal: AbortSignal,
): Promise<void> {
  for (const archive of archives.slice(0, LOOKED_AT)) {
    try {
      const manifest = await job.store.readManifest(archive, signal);
      // Deleted since the listing.
      if (manifest === undefined) continue;
      if (manifest.addonId !== job.addonId) throw foreign(job, archive.key, manifest.addonId);
      return;
    } catch (error) {
      if (!hasCode(error, 'manifest.invalid')) throw error;
      const fields = { key: archive.key, backupId: archive.backupId, error };
      job.log.error('archive.bad_manifest', fields, `${archive.key} does not count as proved any more`);
    }
  }
}

function foreign(
  { name, addonId }: Pick<DatabaseJob, 'name' | 'addonId'>,
  key: string,
  archivedAddonId: string,
): ArchiverError {
  return new ArchiverError(
    'archive.foreign_addon',
    `the archives named ${name} are of ${archivedAddonId}, the configuration says ${addonId}`,
    {
      hint: 'Two databases must not share a name in a bucket: give this one another name, or another s3.prefix.',
      details: { key, archivedAddonId, addonId },
    },
  );
}
