import { hasCode, hasKind } from '../../model/errors.ts';
import type { ArchiveListing, ListedObject } from '../../ports/archive-store.ts';
import { keepsIfAdded } from '../../retention/mirror-candidates.ts';
import { lockOf, REFUSED } from './delete-archive.ts';
import type { PruningJob } from './pruning-job.ts';

/** An object younger than this may belong to a run that is about to write its manifest. */
const MIN_AGE = 86_400_000;

/**
 * Removes objects of ours that have no manifest and never will: a day old, their manifest a 404 when asked
 * for by itself, and no run adopts them, since the source does not know their backup any more or the policy would not
 * keep it (a deletion that was cut short between manifest and object leaves such a one). One that Object Lock holds
 * stays until the lock ends.
 */
export async function sweepUnproven(
  job: PruningJob,
  listing: ArchiveListing,
  signal: AbortSignal,
): Promise<void> {
  const old = listing.unproven.filter(
    ({ lastModified }) => job.clock.now() - lastModified.getTime() > MIN_AGE,
  );
  if (old.length === 0) return;
  const known = new Set((await job.catalogue.list(signal)).map(({ id }) => id));
  const now = new Date(job.clock.now());
  const kept = keepsIfAdded(listing.archives, listing.unproven, job.retention, { now });
  const adoptable = new Set(kept.map(({ backupId }) => backupId).filter((id) => known.has(id)));
  for (const object of old) {
    signal.throwIfAborted();
    if (adoptable.has(object.backupId) || (await hasManifest(job, object, signal))) continue;
    const lock = await deleteUnlocked(job, object, signal);
    if (lock === undefined) {
      job.log.info(
        'retention.swept',
        { key: object.key, backupId: object.backupId, bytes: object.size },
        `${object.key} had no manifest, and no run would give it one`,
      );
    } else {
      const fields = { key: object.key, lockedUntil: lock };
      job.log.info('retention.retained', fields, `${object.key} has no manifest and is held by Object Lock`);
    }
  }
}

/** One that cannot be read is there all the same, and speaks for the object. */
async function hasManifest(job: PruningJob, object: ListedObject, signal: AbortSignal): Promise<boolean> {
  try {
    return (await job.store.readManifest(object, signal)) !== undefined;
  } catch (error) {
    if (hasCode(error, 'manifest.invalid')) return true;
    throw error;
  }
}

/** @returns what holds it, or `undefined` once it is gone */
async function deleteUnlocked(
  job: PruningJob,
  object: ListedObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lock = await lockOf(job, object, signal);
  if (lock !== undefined) return lock;
  try {
    await job.store.deleteObject(object, signal);
    return undefined;
  } catch (error) {
    if (!hasKind(error, 'locked')) throw error;
    return REFUSED;
  }
}
