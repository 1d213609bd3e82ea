import { ArchiverError, toArchiverError } from '../../model/errors.ts';
import type { ArchiveListing, ListedObject } from '../../ports/archive-store.ts';
import { deleteArchive, lockOf } from './delete-archive.ts';
import { logPlan, type PruningPlan, planPruning } from './plan-pruning.ts';
import { hasPolicy, type PruningJob } from './pruning-job.ts';
import { sweepUnproven } from './sweep-unproven.ts';

/** What became of the archives that a plan removes. */
export interface Pruned {
  readonly deleted: readonly ListedObject[];
  /** What Object Lock holds back: not a failure. */
  readonly retained: readonly ListedObject[];
  /** What is left as it is, because its manifest cannot be used or speaks of something else. */
  readonly leftAlone: readonly ListedObject[];
  /** The policy was not carried out: the newest archive is suspicious. */
  readonly isHeldBack: boolean;
}

export interface PruneOptions {
  /** Carry out also what deletes more than half, and while the newest archive is suspicious: a person has looked. */
  readonly force: boolean;
  /** Called with the plan before anything is deleted, and also when it is refused. */
  readonly onPlan?: (plan: PruningPlan) => void;
}

const NOTHING: Pruned = { deleted: [], retained: [], leftAlone: [], isHeldBack: false };

/** The most keys that one line of the log names. */
const NAMED = 10;

/**
 * Applies the retention policy to one database. Its run must have gone well: what just failed keeps
 * everything. The listing is taken anew and whole, or nothing is deleted.
 * @throws ArchiverError `retention.refused` and what `planPruning` raises;
 *   StoreError. What was deleted before it stays deleted, and the next plan agrees with it.
 */
export async function pruneDatabase(
  job: PruningJob,
  { force, onPlan }: PruneOptions,
  signal: AbortSignal,
): Promise<Pruned> {
  if (!hasPolicy(job)) return NOTHING;
  const listing = await job.store.list(job.name, signal);
  reportDangling(job, listing);
  const asked = { force: force || job.allowMassDeletion, evenIfSuspicious: force };
  const plan = await planPruning(job, listing, asked, signal);
  logPlan(job, plan);
  onPlan?.(plan);
  if (plan.refused !== undefined) throw plan.refused;
  if (plan.isHeldBack) return { ...NOTHING, isHeldBack: true };
  for (const [archive, lockedUntil] of plan.retained) noteRetained(job, archive, lockedUntil);
  const pruned = await deleteAll(job, plan, signal);
  await sweepUnproven(job, listing, signal);
  for (const verification of listing.outlived) await job.store.deleteVerification(verification, signal);
  return pruned;
}

/** Manifests whose object is gone: an archive was lost behind our back. They are left as the trace of it. */
export function reportDangling(job: Pick<PruningJob, 'log' | 'name'>, { dangling }: ArchiveListing): void {
  if (dangling.length === 0) return;
  const keys = dangling.slice(0, NAMED).map(({ key }) => key);
  job.log.warn(
    'archive.dangling',
    { count: dangling.length, keys },
    `${job.name}: ${dangling.length} manifests have lost their archive; it was not deleted by this program`,
  );
}

/** Oldest first: should it end half way, what is left is the newer half. */
async function deleteAll(
  job: PruningJob,
  { remove, retained, unseen }: PruningPlan,
  signal: AbortSignal,
): Promise<Pruned> {
  const pruned = {
    deleted: [] as ListedObject[],
    retained: [...retained.keys()],
    leftAlone: [] as ListedObject[],
    isHeldBack: false,
  };
  for (const archive of [...remove].reverse()) {
    signal.throwIfAborted();
    const lockedUntil = unseen.has(archive) ? await lockOf(job, archive, signal) : undefined;
    const end =
      lockedUntil === undefined
        ? await deleteArchive(job, archive, signal)
        : ({ outcome: 'retained', lockedUntil } as const);
    pruned[end.outcome].push(archive);
    if (end.outcome === 'deleted') {
      const { key, backupId, size: bytes } = archive;
      job.log.info('retention.deleted', { key, backupId, bytes }, `${key} is deleted`);
    } else if (end.outcome === 'retained') {
      noteRetained(job, archive, end.lockedUntil);
    }
  }
  return pruned;
}

function noteRetained({ log }: PruningJob, { key }: ListedObject, lockedUntil: string): void {
  log.info('retention.retained', { key, lockedUntil }, `${key} is held by Object Lock`);
}

/**
 * Logs a retention that failed. The run that it belongs to has failed by it, but its archive has not: the
 * error that stands for it says so by its code.
 * @returns of the codes `retention.…` the error itself, else `retention.failed`, which quotes it
 */
export function retentionFailed(job: Pick<PruningJob, 'name' | 'log'>, thrown: unknown): ArchiverError {
  const error = toArchiverError(thrown);
  job.log.error('retention.failed', { error }, `${job.name}: ${error.message}`);
  if (error.code.startsWith('retention.')) return error;
  return new ArchiverError('retention.failed', `the retention failed: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { ...error.details, reason: error.code },
    cause: thrown,
  });
}
