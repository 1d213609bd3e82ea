import type { UnfinishedUpload } from '../../ports/archive-store.ts';
import type { DatabaseJob } from '../database-job.ts';

/** Aborts uploads of ours at the store, and says why each goes. */
export async function abortUploads(
  job: DatabaseJob,
  uploads: readonly Pick<UnfinishedUpload, 'backupId' | 'key' | 'uploadId'>[],
  why: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { backupId, key, uploadId } of uploads) {
    await job.store.abortUpload({ key, uploadId }, signal);
    // One that makes room for another of the same archive is nothing that has to be read.
    const fields = { backupId, key, reason: why };
    const message = `an unfinished upload was removed: ${why}`;
    if (why === 'superseded') job.log.debug('upload.aborted', fields, message);
    else job.log.info('upload.aborted', fields, message);
  }
}
