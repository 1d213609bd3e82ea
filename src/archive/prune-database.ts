import type { ListedObject } from '../domain/archive-store.ts';
import { type ArchiverError, hasCode, toArchiverError } from '../domain/errors.ts';
import type { DatabaseJob } from './database-job.ts';
import { hasPolicy, logPlan, type PruningPlan, planPruning } from './plan-pruning.ts';
import { sweepUnproven } from './sweep-unproven.ts';

/** What retention did with one database. */
export interface Pruned {
  readonly plan: PruningPlan | undefined;
  readonly deleted: readonly ListedObject[];
  /** What Object Lock holds back: not a failure. */
  readonly retained: readonly ListedObject[];
}

/**
 * Applies the retention policy to one database. Its run must have gone well: what just failed keeps
 * everything. The listing is taken anew and whole, or nothing is deleted.
 * @throws ArchiverError `retention.refused`, `retention.no_good_archive`; StoreError. What was deleted before
 *   it stays deleted, and the next plan agrees with it.
 */
export async function pruneDatabase(
  job: DatabaseJob,
  { force }: { force: boolean },
  signal: AbortSignal,
): Promise<Pruned> {
  if (!hasPolicy(job)) return { plan: undefined, deleted: [], retained: [] };
  const listing = await job.store.list(job.name, signal);
  const plan = await planPruning(job, listing, { force: force || job.allowMassDeletion }, signal);
  logPlan(job, plan);
  if (plan.refused !== undefined) throw plan.refused;
  const done = await deleteAll(job, plan.remove, signal);
  await sweepUnproven(job, listing, signal);
  return { plan, ...done };
}

/** Oldest first: should it end half way, what is left is the newer half. */
async function deleteAll(
  job: DatabaseJob,
  remove: readonly ListedObject[],
  signal: AbortSignal,
): Promise<{ deleted: ListedObject[]; retained: ListedObject[] }> {
  const result = { deleted: [] as ListedObject[], retained: [] as ListedObject[] };
  for (const archive of [...remove].reverse()) {
    signal.throwIfAborted();
    const locked = await deleteArchive(job, archive, signal);
    if (locked === undefined) {
      result.deleted.push(archive);
      job.log.info('retention.deleted', {
        key: archive.key,
        backupId: archive.backupId,
        bytes: archive.size,
      });
    } else {
      result.retained.push(archive);
      job.log.info(
        'retention.retained',
        { key: archive.key, lockedUntil: locked },
        `${archive.key} is held by Object Lock`,
      );
    }
  }
  return result;
}

/**
 * Manifest first, then object. A locked object is left whole: a HEAD tells beforehand where the store says
 * so, and where it does not, the manifest is put back after the refusal.
 * @returns what holds it, or `undefined` once it is gone
 */
async function deleteArchive(
  job: DatabaseJob,
  archive: ListedObject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stored = await job.store.head(archive, signal);
  const lockedUntil = stored?.lockedUntil ?? null;
  if (lockedUntil === 'legal hold') return lockedUntil;
  if (lockedUntil !== null && lockedUntil.getTime() > job.clock.now()) return lockedUntil.toISOString();
  const manifest = await job.store.readManifest(archive, signal);
  await job.store.deleteManifest(archive, signal);
  try {
    await job.store.deleteObject(archive, signal);
    return undefined;
  } catch (error) {
    if (!hasCode(error, 's3.forbidden', 's3.object_locked')) throw error;
    if (manifest !== undefined) await job.store.writeManifest(manifest, signal);
    return 'refused by the store';
  }
}

/** Logs a retention that failed, as the run's own error. */
export function retentionFailed(job: DatabaseJob, thrown: unknown): ArchiverError {
  const error = toArchiverError(thrown);
  job.log.error('retention.failed', { error }, `${job.name}: ${error.message}`);
  return error;
}
