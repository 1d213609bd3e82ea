import type { UnfinishedUpload, UploadReceipt } from '../domain/archive-store.ts';
import type { Backup } from '../domain/backup.ts';
import type { Download } from '../domain/backup-api.ts';
import { formatByteSize } from '../domain/byte-size.ts';
import { hasCode, IntegrityError } from '../domain/errors.ts';
import type { PartLayout } from '../domain/part-layout.ts';
import type { TransferMeter } from '../domain/transfer-progress.ts';
import { abortUploads } from './abort-uploads.ts';
import { Attempts, type AttemptsOptions } from './attempts.ts';
import type { DatabaseJob } from './database-job.ts';
import { HealingSource } from './healing-source.ts';
import { copyInParallel, type RangedArchive } from './parallel-copy.ts';
import { archiveMetadata, identityOf } from './prove-archive.ts';
import { isIntegrityFault } from './range-source.ts';
import { findResumable, isSameArchive } from './resume-upload.ts';
import { SourceFaults } from './source-faults.ts';

/** One transfer of one done backup. */
export interface Transfer {
  readonly backup: Backup;
  /** Whether an object at its key is an error. */
  readonly mustBeNew: boolean;
  /** Unfinished uploads of this backup: gone on with, or aborted. */
  readonly uploads: readonly UnfinishedUpload[];
  readonly meter: TransferMeter;
}

export interface Transferred {
  readonly sent: UploadReceipt;
  /** `parallel`: ranges into parts; `stream`: one stream, cut into parts. */
  readonly way: 'parallel' | 'stream';
}

/**
 * Brings an archive into the bucket, by the way that its source allows. The first request asks for the first
 * part's range: a server that answers with it, and with a total and a strong validator, is copied from in
 * parallel; from any other the whole is streamed.
 */
export async function transfer(job: DatabaseJob, task: Transfer, signal: AbortSignal): Promise<Transferred> {
  const { backup } = task;
  const attempts = attemptsOf(job, backup);
  const expectedSize = job.settings.verifySize ? backup.size : null;
  if (backup.size === null) return stream(job, task, undefined, signal);
  const layout = job.store.layoutFor(backup.size);
  const first = await openFirst(job, backup, layout.partSize, attempts, signal);
  const archive = asRanged(backup, first, expectedSize, layout.partSize);
  if (archive !== undefined) return parallel(job, task, archive, layout, first, attempts, signal);
  // Only what goes to the end can be gone on with as a stream.
  const isWhole = !first.partial || first.length === first.totalSize;
  if (!isWhole) first.body.destroy();
  return stream(job, task, isWhole ? first : undefined, signal);
}

function attemptsOf(job: DatabaseJob, backup: Backup): AttemptsOptions {
  const { clock, random, log } = job;
  const { maxAttempts } = job.settings;
  return { backupId: backup.id, maxAttempts, clock, random, log, faults: new SourceFaults(backup.id) };
}

async function openFirst(
  job: DatabaseJob,
  backup: Backup,
  partSize: number,
  options: AttemptsOptions,
  signal: AbortSignal,
): Promise<Download> {
  const attempts = new Attempts(options);
  for (;;) {
    try {
      return await job.api.download(backup.id, { start: 0, end: partSize - 1, freshLink: true }, signal);
    } catch (error) {
      // A server that refuses the range may still give the whole.
      if (isRangeRefusal(error)) return job.api.download(backup.id, { start: 0 }, signal);
      await attempts.failed(error, 0, signal);
    }
  }
}

/** The archive as one of ranges, where the answer proves that it is one and more than a single part. */
function asRanged(
  backup: Backup,
  { partial, start, totalSize, validator }: Download,
  expectedSize: number | null,
  partSize: number,
): RangedArchive | undefined {
  if (!partial || start !== 0 || totalSize === null || validator === null) return undefined;
  if (expectedSize !== null && totalSize !== expectedSize) return undefined;
  return totalSize <= partSize ? undefined : { backupId: backup.id, size: totalSize, validator };
}

async function parallel(
  job: DatabaseJob,
  task: Transfer,
  archive: RangedArchive,
  layout: PartLayout,
  opened: Download,
  attempts: AttemptsOptions,
  signal: AbortSignal,
): Promise<Transferred> {
  const { backup, mustBeNew, uploads, meter } = task;
  let first: Download | undefined = opened;
  let resumable = await findResumable(job, uploads, archive, layout, { mustBeNew }, signal);
  if (resumable !== undefined && resumable.parts.length > 0) {
    const isSame = await isSameArchive(job, resumable, archive, layout, first, attempts, signal);
    if (resumable.parts[0]?.number === 1) first = undefined;
    if (!isSame) resumable = undefined;
  }
  await abortUploads(
    job,
    uploads.filter((each) => each !== resumable?.found),
    'superseded',
    signal,
  );
  const begun = { archive: identityOf(job, backup), mustBeNew, metadata: archiveMetadata(job, backup) };
  const upload = resumable?.upload ?? (await job.store.beginUpload(begun, signal));
  const stored = resumable?.parts ?? [];
  if (stored.length > 0)
    logResumed(
      job,
      backup,
      stored.reduce((sum, { size }) => sum + size, 0),
      stored.length,
    );
  try {
    const sent = await copyInParallel(
      job,
      { archive, layout, upload, stored, first, attempts, meter },
      signal,
    );
    return { sent, way: 'parallel' };
  } catch (error) {
    // What broke on the way is gone on with by the next run; what is not the archive must not be.
    if (isIntegrityFault(error)) {
      const key = job.store.keyOf(begun.archive);
      await abortUploads(
        job,
        [{ ...begun.archive, key, uploadId: upload.uploadId }],
        'not the archive',
        signal,
      );
    }
    throw error;
  }
}

async function stream(
  job: DatabaseJob,
  { backup, mustBeNew, uploads, meter }: Transfer,
  first: Download | undefined,
  signal: AbortSignal,
): Promise<Transferred> {
  // lib-storage cannot go on with an upload: a new one takes the place of whatever was begun.
  await abortUploads(job, uploads, 'superseded', signal);
  const source = new HealingSource({
    ...attemptsOf(job, backup),
    api: job.api,
    expectedSize: job.settings.verifySize ? backup.size : null,
    stallTimeout: job.settings.stallTimeout,
    first,
    onProgress: (bytes) => meter.report(bytes),
  });
  const sent = await job.store.upload(
    {
      archive: identityOf(job, backup),
      size: backup.size,
      mustBeNew,
      metadata: archiveMetadata(job, backup),
      body: source.bytes(signal),
    },
    signal,
  );
  if (sent.size !== source.delivered || sent.checksum?.value !== source.checksum) {
    throw new IntegrityError(
      'archive.checksum_mismatch',
      `backup ${backup.id}: other bytes were sent than were read`,
    );
  }
  return { sent, way: 'stream' };
}

function logResumed(job: DatabaseJob, backup: Backup, bytes: number, parts: number): void {
  job.log.info(
    'archive.resumed',
    { backupId: backup.id, bytes, parts, totalBytes: backup.size },
    `${formatByteSize(bytes)} of ${backup.name} are there already`,
  );
}

function isRangeRefusal(error: unknown): boolean {
  return hasCode(error, 'scalingo.range_refused');
}
