import type { ArchiveListing } from '../domain/archive-store.ts';
import type { DatabaseJob } from './database-job.ts';

/** An object younger than this may belong to a run that is about to write its manifest. */
const MIN_AGE = 86_400_000;

/**
 * Removes objects of ours that have no manifest and never will: a day old, their manifest a 404 when asked
 * for by itself, and their backup unknown to Scalingo, so that no run could prove and adopt them.
 */
export async function sweepUnproven(
  job: DatabaseJob,
  listing: ArchiveListing,
  signal: AbortSignal,
): Promise<void> {
  const old = listing.unproven.filter(
    ({ lastModified }) => job.clock.now() - lastModified.getTime() > MIN_AGE,
  );
  if (old.length === 0) return;
  const known = new Set((await job.api.list(signal)).map(({ id }) => id));
  for (const object of old) {
    if (known.has(object.backupId)) continue;
    if ((await job.store.readManifest(object, signal)) !== undefined) continue;
    const locked = (await job.store.head(object, signal))?.lockedUntil ?? null;
    if (locked !== null) continue;
    signal.throwIfAborted();
    await job.store.deleteObject(object, signal);
    job.log.info(
      'retention.swept',
      { key: object.key, backupId: object.backupId, bytes: object.size },
      `${object.key} had no manifest and its backup is gone`,
    );
  }
}
