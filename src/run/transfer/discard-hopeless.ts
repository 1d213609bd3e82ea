import { ArchiverError, hasCode, hasKind, SourceError } from '../../model/errors.ts';
import type { UnfinishedUpload } from '../../ports/archive-store.ts';
import type { DatabaseJob } from '../database-job.ts';
import { isIntegrityFault } from '../download/range-source.ts';
import { abortUploads } from './abort-uploads.ts';
import { listPartsOf } from './resume-upload.ts';

/**
 * Aborts, after a failure, what no run could finish: all uploads of the backup where the error is final for its
 * archive, and those without a part where the source gave texts or half bodies in its place until it was given
 * up. The source of a stored part has had the archive once, and may have it again; without one, nothing says
 * that there ever was an archive, and the next run is better off with another backup.
 */
export async function discardHopeless(
  job: DatabaseJob,
  uploads: readonly UnfinishedUpload[],
  error: unknown,
  signal: AbortSignal,
  { evenWithParts = false } = {},
): Promise<void> {
  if (!isHopeless(error)) return;
  try {
    for (const upload of uploads) {
      if (!evenWithParts && mayPass(error) && (await hasParts(job, upload, signal))) continue;
      await abortUploads(job, [upload], 'nothing could finish it', signal);
    }
  } catch (failure) {
    // The first failure is the one to report. The next run finds them again.
    if (!(failure instanceof ArchiverError)) throw failure;
  }
}

/**
 * Whether the next run could do nothing with what is there: the bytes are none of the archive, the source has
 * the archive no more, or the store does not take the upload as it was begun.
 */
function isHopeless(error: unknown): boolean {
  if (isIntegrityFault(error) || hasKind(error, 'too-large', 'rejected')) return true;
  return error instanceof SourceError && error.kind === 'not-found';
}

/** What a source in trouble shows as well as an archive that is none. */
function mayPass(error: unknown): boolean {
  return hasCode(error, 'archive.not_gzip', 'archive.empty', 'archive.truncated');
}

/** Whether anything of an upload is stored. */
export async function hasParts(
  job: DatabaseJob,
  found: UnfinishedUpload,
  signal: AbortSignal,
): Promise<boolean> {
  const upload = job.store.resumeUpload(found, { mustBeNew: true });
  return ((await listPartsOf(upload, signal)) ?? []).length > 0;
}
