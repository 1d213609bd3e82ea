import { type Backup, phaseOf } from '../model/backup.ts';
import { hasCode, IntegrityError, SourceError } from '../model/errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { UnfinishedUpload } from '../ports/archive-store.ts';
import { archiveBackup } from './archive-backup.ts';
import { awaitBackup } from './await-backup.ts';
import type { Candidate } from './choose-work.ts';
import type { DatabaseJob, DatabaseState } from './database-job.ts';
import { identityOf, marksOf } from './proof/prove-archive.ts';
import { abortUploads } from './transfer/abort-uploads.ts';

/** So many downloads in a row that break for good are an outage, and no fault of the backups. */
const MOST_UNREACHED = 2;

/**
 * Archives one backup after the other. One that cannot be had keeps none of the others from coming home:
 * the source forgets them, and the same one would stand in their way the next night.
 * @returns the manifests written
 * @throws the first failure, once all have been tried or no download works; at once what is no fault of one
 *   backup (a full bucket, a token that is refused, a lease that is lost)
 */
export async function archiveCandidates(
  job: DatabaseJob,
  candidates: readonly Candidate[],
  { info, uploads }: DatabaseState,
  signal: AbortSignal,
): Promise<Manifest[]> {
  const manifests: Manifest[] = [];
  const failures: unknown[] = [];
  let unreached = 0;
  for (const { backup, reason } of candidates) {
    signal.throwIfAborted();
    const begun = uploads.filter((upload) => upload.backupId === backup.id);
    try {
      const ready = await awaitMarked(job, { backup, reason }, begun, signal);
      const found = { leftOver: reason === 'unproven', uploads: ready.uploads };
      manifests.push(await archiveBackup(job, ready.backup, info, found, signal));
      unreached = 0;
    } catch (error) {
      if (signal.aborted || candidates.length === 1 || !isOfOneBackup(error)) throw error;
      failures.push(error);
      unreached = hasCode(error, 'archive.source_failed', 'archive.stalled') ? unreached + 1 : 0;
      if (unreached === MOST_UNREACHED) break;
      const fields = { backupId: backup.id, error };
      job.log.error(
        'archive.passed_over',
        fields,
        `backup ${backup.id} cannot be archived: on to the others`,
      );
    }
  }
  if (failures.length > 0) throw failures[0];
  return manifests;
}

/** Whether an error speaks of this backup alone: of its bytes, or that it is gone. */
function isOfOneBackup(error: unknown): boolean {
  return (
    error instanceof IntegrityError ||
    hasCode(error, 'backup.failed', 'backup.vanished', 'backup.timeout') ||
    (error instanceof SourceError && error.kind === 'not-found')
  );
}

/**
 * Waits for a backup to be done, with an upload begun for it: the bucket is all the memory there is, and
 * without this mark a run that dies before the first part, hours after the backup was made, would leave
 * nothing to tell the next run that the backup is ours. It would make a second one.
 */
async function awaitMarked(
  job: DatabaseJob,
  { backup, reason }: Candidate,
  begun: readonly UnfinishedUpload[],
  signal: AbortSignal,
): Promise<{ backup: Backup; uploads: readonly UnfinishedUpload[] }> {
  // What is found again without it: an object that was not proved, and in these modes every backup.
  const needsNone = reason === 'unproven' || reason === 'latest' || reason === 'mirror';
  const uploads = needsNone || begun.length > 0 ? begun : [await mark(job, backup, signal)];
  if (phaseOf(backup) === 'done') return { backup, uploads };
  try {
    return { backup: await awaitBackup(job, backup, signal), uploads };
  } catch (error) {
    if (hasCode(error, 'backup.failed', 'backup.vanished'))
      await abortUploads(job, uploads, 'its backup came to nothing', signal);
    throw error;
  }
}

async function mark(job: DatabaseJob, backup: Backup, signal: AbortSignal): Promise<UnfinishedUpload> {
  const archive = identityOf(job, backup);
  const metadata = marksOf(job, backup);
  const { uploadId } = await job.store.beginUpload({ archive, mustBeNew: true, metadata }, signal);
  return { ...archive, key: job.store.keyOf(archive), uploadId, initiatedAt: new Date(job.clock.now()) };
}
