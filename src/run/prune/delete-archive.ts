import type { ArchiveIdentity } from '../../model/archive-key.ts';
import { hasKind } from '../../model/errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import { archivedAs, sourceIdOf } from '../../model/provenance.ts';
import type { ListedObject } from '../../ports/archive-store.ts';
import type { DatabaseJob } from '../database-job.ts';
import type { PruningJob } from './pruning-job.ts';
import { readOrWarn } from './retention-guards.ts';

export type Deletion =
  | { readonly outcome: 'deleted' }
  /** `lockedUntil`: ISO-8601, `legal hold`, or that the store only said no. */
  | { readonly outcome: 'retained'; readonly lockedUntil: string }
  /** Its manifest cannot be used, or speaks of something else. */
  | { readonly outcome: 'leftAlone' };

/** Stands for the end of a lock that the store does not show. */
export const REFUSED = 'refused by the store';
/** Putting a manifest back must not be cut short by what ends the run, in milliseconds. */
const RESTORE_TIMEOUT = 20_000;

/**
 * Deletes one archive: the manifest first, without which it does not exist any more, then the object. What
 * Object Lock holds is left whole: the plan leaves it out where a HEAD shows the lock (`lockOf`), and where none does,
 * the manifest is put back after the refusal.
 * @throws StoreError
 */
export async function deleteArchive(
  job: PruningJob,
  archive: ListedObject,
  signal: AbortSignal,
): Promise<Deletion> {
  const manifest = await readOrWarn(job, archive, signal);
  if (manifest === undefined) return { outcome: 'leftAlone' };
  if (!isOf(job, archive, manifest)) {
    job.log.warn(
      'retention.bad_archive',
      { key: archive.key, ...archivedAs(manifest) },
      `the manifest of ${archive.key} speaks of something else: it is left alone`,
    );
    return { outcome: 'leftAlone' };
  }
  try {
    await job.store.deleteManifest(archive, signal);
  } catch (error) {
    // A lock on the whole bucket holds manifests too.
    if (hasKind(error, 'locked')) return { outcome: 'retained', lockedUntil: REFUSED };
    throw error;
  }
  try {
    await job.store.deleteObject(archive, signal);
  } catch (error) {
    if (!hasKind(error, 'forbidden', 'locked')) throw error;
    await job.store.writeManifest(manifest, AbortSignal.timeout(RESTORE_TIMEOUT));
    if (hasKind(error, 'locked')) return { outcome: 'retained', lockedUntil: REFUSED };
    throw error;
  }
  // Last: without it nothing is known of an archive that is still there.
  if (archive.verifiedAt !== undefined) await job.store.deleteVerification(archive, signal);
  return { outcome: 'deleted' };
}

function isOf(job: PruningJob, archive: ListedObject, manifest: Manifest): boolean {
  return sourceIdOf(manifest) === job.sourceId && manifest.backupId === archive.backupId;
}

/**
 * What Object Lock holds an archive by, as far as a HEAD tells: `legal hold`, or the time until which it may
 * not be deleted (ISO-8601). `undefined` where it may be, where it is gone, and where the store does not say.
 */
export async function lockOf(
  { store, clock }: Pick<DatabaseJob, 'store' | 'clock'>,
  archive: ArchiveIdentity,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lockedUntil = (await store.head(archive, signal))?.lockedUntil ?? null;
  if (lockedUntil === null || lockedUntil === 'legal hold') return lockedUntil ?? undefined;
  return lockedUntil.getTime() > clock.now() ? lockedUntil.toISOString() : undefined;
}
