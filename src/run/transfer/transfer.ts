import type { UploadReceipt } from '../../integrity/stored-object.ts';
import type { Backup } from '../../model/backup.ts';
import { IntegrityError } from '../../model/errors.ts';
import type { UnfinishedUpload } from '../../ports/archive-store.ts';
import type { Download } from '../../ports/backup-source.ts';
import type { TransferMeter } from '../../ports/transfer-progress.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import type { DatabaseJob } from '../database-job.ts';
import type { AttemptsOptions } from '../download/attempts.ts';
import { openFirst } from '../download/open-first.ts';
import { HealingSource } from '../download/resuming-download.ts';
import { Seams } from '../download/seams.ts';
import { SourceFaults } from '../download/source-faults.ts';
import { identityOf, marksOf } from '../proof/prove-archive.ts';
import { abortUploads } from './abort-uploads.ts';
import { discardHopeless } from './discard-hopeless.ts';
import { logLayout } from './log-layout.ts';
import { copyInParallel, type RangedArchive } from './parallel-copy.ts';
import { findResumable, type RecheckSource, type Resumable, recheckParts } from './resume-upload.ts';

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
  /** Whether the archive counts only once it was unpacked; see `Seams`. */
  readonly needsUnpacking: boolean;
}

/**
 * Brings an archive into the bucket, by the way that its source allows. The first request asks for the first
 * part's range: a server that answers with it, and with a total and a strong validator, is copied from in
 * parallel; from any other the whole is streamed.
 *
 * Until the object is there an unfinished upload is, one or another: what breaks on the way, or is ended by
 * the signal, is taken up by the next run. Only what no run could finish is aborted.
 */
export async function transfer(job: DatabaseJob, task: Transfer, signal: AbortSignal): Promise<Transferred> {
  const uploads: UnfinishedUpload[] = [...task.uploads];
  try {
    return await bring(job, task, uploads, signal);
  } catch (error) {
    if (!signal.aborted) await discardHopeless(job, uploads, error, signal);
    throw error;
  }
}

/** @param uploads those of this backup: what is begun is added, what is aborted taken off */
async function bring(
  job: DatabaseJob,
  task: Transfer,
  uploads: UnfinishedUpload[],
  signal: AbortSignal,
): Promise<Transferred> {
  const { backup } = task;
  const { stallTimeout, verifySize } = job.settings;
  if (backup.size === null) return stream(job, task, uploads, undefined, signal);
  const attempts = attemptsOf(job, backup);
  const { partSize } = job.store.layoutFor(backup.size);
  const first = await openFirst({ ...attempts, reader: job.reader, partSize, stallTimeout }, signal);
  const ranged = asRanged(first, verifySize ? backup.size : null, partSize);
  // Without a content tag on each response the archive must be unpacked, which this store cannot do.
  const archive = job.store.canReadBack || first.contentTag !== null ? ranged : undefined;
  if (archive !== undefined) return parallel(job, { ...task, archive, first, attempts }, uploads, signal);
  // Only what goes to the end can be gone on with as a stream.
  const isWhole = !first.partial || first.length === first.totalSize;
  if (!isWhole) first.body.destroy();
  return stream(job, task, uploads, isWhole ? first : undefined, signal);
}

function attemptsOf(job: DatabaseJob, backup: Backup): AttemptsOptions {
  const { clock, random, log, redaction } = job;
  const { maxAttempts } = job.settings;
  const faults = new SourceFaults(backup.id, job.catalogue.serviceName, redaction);
  return { backupId: backup.id, maxAttempts, clock, random, log, faults };
}

/** The archive as one of ranges, where the answer proves that it is one and more than a single part. */
function asRanged(
  { partial, start, totalSize, validator }: Download,
  expectedSize: number | null,
  partSize: number,
): RangedArchive | undefined {
  if (!partial || start !== 0 || totalSize === null || validator === null) return undefined;
  if (expectedSize !== null && totalSize !== expectedSize) return undefined;
  return totalSize <= partSize ? undefined : { size: totalSize, validator };
}

interface ParallelTask extends Transfer {
  readonly archive: RangedArchive;
  /** The opened range of part 1. */
  readonly first: Download;
  readonly attempts: AttemptsOptions;
}

async function parallel(
  job: DatabaseJob,
  task: ParallelTask,
  uploads: UnfinishedUpload[],
  signal: AbortSignal,
): Promise<Transferred> {
  const { backup, archive, mustBeNew, meter, attempts } = task;
  // Where the API's word on the size is not taken, the source's may need other parts.
  const layout = job.store.layoutFor(archive.size);
  const seams = new Seams();
  seams.begin(task.first);
  let first: Download | undefined = task.first;
  try {
    if (first.length !== Math.min(layout.partSize, archive.size)) first = discarded(first);
    const found = await findResumable(job, task.uploads, archive, layout, { mustBeNew }, signal);
    const resumable = await stillOf(job, found, { archive, layout, first, attempts, seams }, signal);
    // Opened for a part that is there, or used up by the comparison.
    if (found?.parts[0]?.number === 1) first = discarded(first);
    logLayout(job, backup, 'parallel', { size: archive.size, layout });
    const upload = resumable?.upload ?? (await begin(job, task, uploads, signal));
    // The new one first: between the two there is always one that tells whose backup it is.
    await drop(job, uploads, ({ uploadId }) => uploadId !== upload.uploadId, signal);
    const stored = resumable?.parts ?? [];
    if (stored.length > 0) noteResumed(job, backup, stored, meter);
    const copy = { archive, layout, upload, stored, first, attempts, seams, meter };
    const sent = await copyInParallel(job, copy, signal);
    return { sent, way: 'parallel', needsUnpacking: seams.needsUnpacking };
  } finally {
    first?.body.destroy();
  }
}

function discarded(download: Download | undefined): undefined {
  download?.body.destroy();
}

/** The found upload, if its parts are of the archive that the source has now. */
async function stillOf(
  job: DatabaseJob,
  found: Resumable | undefined,
  source: RecheckSource,
  signal: AbortSignal,
): Promise<Resumable | undefined> {
  if (found === undefined) return undefined;
  const parts = await recheckParts(job, found, source, signal);
  return parts === undefined ? undefined : { ...found, parts };
}

async function begin(
  job: DatabaseJob,
  { backup, mustBeNew }: Transfer,
  uploads: UnfinishedUpload[],
  signal: AbortSignal,
) {
  const archive = identityOf(job, backup);
  const metadata = marksOf(job, backup);
  const upload = await job.store.beginUpload({ archive, mustBeNew, metadata }, signal);
  const { uploadId } = upload;
  const initiatedAt = new Date(job.clock.now());
  uploads.push({ ...archive, key: job.store.keyOf(archive), uploadId, initiatedAt });
  return upload;
}

async function stream(
  job: DatabaseJob,
  { backup, mustBeNew, meter }: Transfer,
  uploads: UnfinishedUpload[],
  first: Download | undefined,
  signal: AbortSignal,
): Promise<Transferred> {
  // A stream goes on with no upload: of what earlier ones left, one is enough to tell whose backup it is.
  const [mark] = uploads;
  await drop(job, uploads, (upload) => upload !== mark, signal);
  logLayout(job, backup, 'stream', { size: backup.size, layout: job.store.streamLayoutFor(backup.size) });
  const source = new HealingSource({
    ...attemptsOf(job, backup),
    reader: job.reader,
    expectedSize: job.settings.verifySize ? backup.size : null,
    stallTimeout: job.settings.stallTimeout,
    first,
    canUnpack: job.store.canReadBack,
    onProgress: (bytes) => meter.report(bytes),
  });
  const sent = await job.store.upload(
    {
      archive: identityOf(job, backup),
      size: backup.size,
      mustBeNew,
      metadata: marksOf(job, backup),
      body: source.bytes(signal),
    },
    signal,
  );
  if (sent.size !== source.delivered || sent.crc32 !== source.checksum) {
    throw new IntegrityError(
      'archive.checksum_mismatch',
      `backup ${backup.id}: other bytes were sent than were read`,
    );
  }
  // lib-storage goes on with no upload: its own has taken the place of what was begun. Not before this: with
  // no upload and no object, a run that dies leaves nothing to tell that the backup is ours.
  await drop(job, uploads, () => true, signal);
  return { sent, way: 'stream', needsUnpacking: source.needsUnpacking };
}

/** Aborts those uploads, and takes them off the list. */
async function drop(
  job: DatabaseJob,
  uploads: UnfinishedUpload[],
  isSuperseded: (upload: UnfinishedUpload) => boolean,
  signal: AbortSignal,
): Promise<void> {
  for (const upload of uploads.filter(isSuperseded)) {
    await abortUploads(job, [upload], 'superseded', signal);
    uploads.splice(uploads.indexOf(upload), 1);
  }
}

function noteResumed(
  job: DatabaseJob,
  backup: Backup,
  stored: readonly { size: number }[],
  meter: TransferMeter,
): void {
  const bytes = stored.reduce((sum, { size }) => sum + size, 0);
  meter.found(bytes);
  job.log.info(
    'archive.resumed',
    { backupId: backup.id, bytes, parts: stored.length, totalBytes: backup.size },
    `${formatByteSize(bytes)} of ${backup.name} are there already`,
  );
}
