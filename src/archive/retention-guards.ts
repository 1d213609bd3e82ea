import type { ListedObject } from '../domain/archive-store.ts';
import { hasCode } from '../domain/errors.ts';
import type { DatabaseJob } from './database-job.ts';

/** How many archives are opened in search of a good one; a bucket with more bad ones needs a person. */
const LOOKED_AT = 20;

/**
 * The newest archive that is good as far as can be told without reading it: its manifest can be read and
 * the object has the size that it states. It is never deleted, whatever the plan says.
 * @param archives newest first
 * @returns `undefined` where none of the newest is good
 */
export async function newestGood(
  job: Pick<DatabaseJob, 'store' | 'log'>,
  archives: readonly ListedObject[],
  signal: AbortSignal,
): Promise<ListedObject | undefined> {
  for (const archive of archives.slice(0, LOOKED_AT)) {
    try {
      const manifest = await job.store.readManifest(archive, signal);
      if (manifest !== undefined && manifest.size === archive.size) return archive;
    } catch (error) {
      if (!hasCode(error, 'manifest.invalid')) throw error;
      job.log.warn(
        'retention.bad_archive',
        { key: archive.key, error },
        `${archive.key} does not count as good`,
      );
    }
  }
  return undefined;
}
