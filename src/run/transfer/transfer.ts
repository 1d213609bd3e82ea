import { PartDigests } from '../../integrity/checksum.ts';
import type { StoredPart, UploadReceipt } from '../../integrity/stored-object.ts';
import type { Backup } from '../../model/backup.ts';
import { hasCode, IntegrityError } from '../../model/errors.ts';
import { countParts, type PartLayout } from '../../model/part-layout.ts';
import type { PartedUpload, UnfinishedUpload } from '../../ports/archive-store.ts';
import type { Download } from '../../ports/backup-source.ts';
import type { TransferMeter } from '../../ports/transfer-progress.ts';
import { formatByteSize } from '../../text/byte-size.ts';
import type { DatabaseJob } from '../database-job.ts';
import type { AttemptsOptions } from '../download/attempts.ts';
import { openFirst } from '../download/open-first.ts';
import { ResumingDownload, type ResumingDownloadOptions } from '../download/resuming-download.ts';
import { Seams } from '../download/seams.ts';
import { SourceFaults } from '../download/source-faults.ts';
import { identityOf, marksOf } from '../proof/prove-archive.ts';
import { abortUploads } from './abort-uploads.ts';
import { copyParts } from './copy-parts.ts';
import { discardHopeless, hasParts } from './discard-hopeless.ts';
import { type RangedArchive, RangedParts, type RangedSource } from './ranged-parts.ts';
import { findResumable, type Resumable, recheckParts } from './resume-upload.ts';
import { OtherBytes, StreamedParts } from './streamed-parts.ts';

/** One transfer of one done backup. */
export interface Transfer {
  readonly backup: Backup;
  /** Whether an object at its key is an error. */
  readonly mustBeNew: boolean;
  /** Unfinished uploads of this backup: resumed, or aborted. */
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
  const attempts = attemptsOf(job, backup);
  const partSize = backup.size === null ? undefined : job.store.layoutFor(backup.size).partSize;
  const first = await openFirst({ ...attempts, reader: job.reader, partSize, stallTimeout }, signal);
  const expectedSize = verifySize ? backup.size : null;
  const ranged = partSize === undefined ? undefined : asRanged(first, expectedSize, partSize);
  // Without a content tag on each response the archive must be unpacked, which this store cannot do.
  const archive = job.store.canReadBack || first.contentTag !== null ? ranged : undefined;
  if (archive !== undefined) return parallel(job, { ...task, archive, first, attempts }, uploads, signal);
  // Only what goes to the end can continue as a stream.
  const isWhole = !first.partial || first.length === first.totalSize;
  const streamed = { ...task, attempts, first: isWhole ? first : discarded(first) };
  const size = expectedSize ?? first.totalSize;
  try {
    if (size === null) return await streamOfAnyLength(job, streamed, uploads, signal);
    return await stream(job, { ...streamed, size }, uploads, signal);
  } finally {
    first.body.destroy();
  }
}

function attemptsOf(job: DatabaseJob, backup: Backup): AttemptsOptions {
  const { clock, random, log, redaction } = job;
  const { maxAttempts } = job.settings;
  const faults = new SourceFaults(backup.id, job.catalogue.serviceName, redaction);
  return { backupId: backup.id, maxAttempts, clock, random, log, faults };
}

/** The archive as one of ranges, where the response proves that it is one and more than a single part. */
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
  const { backup, archive, mustBeNew, attempts } = task;
  // Where the API's word on the size is not taken, the source's may need other parts.
  const layout = job.store.layoutFor(archive.size);
  const seams = new Seams();
  seams.begin(task.first);
  let first: Download | undefined = task.first;
  try {
    if (first.length !== Math.min(layout.partSize, archive.size)) first = discarded(first);
    const found = await findResumable(job, task.uploads, archive.size, layout, { mustBeNew }, signal);
    const source = { archive, layout, first, attempts, seams };
    const resumable = await stillOf(job, found, source, signal);
    // Opened for a part that is there, or used up by the comparison.
    if (found?.parts[0]?.number === 1) first = discarded(first);
    logLayout(job, backup, 'parallel', { size: archive.size, layout });
    const { upload, stored } = await take(job, task, { resumable }, uploads, signal);
    if (stored.length > 0) noteResumed(job, backup, stored);
    const read = () => new RangedParts(job, { ...source, first }, stored);
    const sent = await copyParts({ ...task, size: archive.size, layout, upload, stored, read }, signal);
    return { sent, way: 'parallel', needsUnpacking: seams.needsUnpacking };
  } finally {
    first?.body.destroy();
  }
}

/**
 * The upload to send parts to, and the parts that it has. Others of this backup go.
 * @param kept one that stays for now
 */
async function take(
  job: DatabaseJob,
  task: Transfer,
  { resumable, kept }: { resumable: Resumable | undefined; kept?: UnfinishedUpload | undefined },
  uploads: UnfinishedUpload[],
  signal: AbortSignal,
): Promise<{ upload: PartedUpload; stored: readonly StoredPart[] }> {
  // The new one first: between the two there is always one that says whose backup it is. And never more than two:
  // runs that are killed here, one after the other, must not pile them up.
  const mark = kept ?? uploads[0];
  if (resumable === undefined) await drop(job, uploads, (other) => other !== mark, signal);
  const upload = resumable?.upload ?? (await begin(job, task, uploads, signal));
  await drop(job, uploads, (other) => other.uploadId !== upload.uploadId && other !== kept, signal);
  const stored = resumable?.parts ?? [];
  task.meter.found(totalOf(stored));
  return { upload, stored };
}

function discarded(download: Download | undefined): undefined {
  download?.body.destroy();
}

/** The found upload, if its parts are of the archive that the source has now. */
async function stillOf(
  job: DatabaseJob,
  found: Resumable | undefined,
  source: RangedSource,
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

interface StreamTask extends Transfer {
  readonly attempts: AttemptsOptions;
  /** A download of the whole, where one has been opened. */
  readonly first: Download | undefined;
}

/** An archive whose length is known, cut into parts as it comes. */
async function stream(
  job: DatabaseJob,
  task: StreamTask & { readonly size: number },
  uploads: UnfinishedUpload[],
  signal: AbortSignal,
): Promise<Transferred> {
  const { backup, size, mustBeNew } = task;
  const layout = job.store.streamLayoutFor(size);
  const resumable = await findResumable(job, task.uploads, size, layout, { mustBeNew }, signal);
  logLayout(job, backup, 'stream', { size, layout });
  const kept = resumable === undefined ? await firstWithParts(job, uploads, signal) : undefined;
  try {
    return await streamInto(job, { ...task, layout, resumable, kept }, uploads, signal);
  } catch (error) {
    // What a source sent that ends before its size, and says that this is its end, is no beginning of an archive.
    // Parts of an earlier run stay: their source has had it.
    if (hasCode(error, 'archive.truncated') && resumable === undefined && !signal.aborted) {
      const begun = uploads.filter((upload) => upload !== kept);
      await discardHopeless(job, begun, error, signal, { evenWithParts: true });
      for (const upload of begun) uploads.splice(uploads.indexOf(upload), 1);
    }
    if (!(error instanceof OtherBytes)) throw error;
    const anew = { ...task, layout, first: undefined, resumable: undefined };
    return streamInto(job, anew, uploads, signal);
  }
}

/** An upload whose parts may be of another layout. A source that gives nothing any more must not cost them. */
async function firstWithParts(
  job: DatabaseJob,
  uploads: readonly UnfinishedUpload[],
  signal: AbortSignal,
): Promise<UnfinishedUpload | undefined> {
  for (const upload of uploads) if (await hasParts(job, upload, signal)) return upload;
  return undefined;
}

/** @throws OtherBytes where the parts that are there are not of what the source gives */
async function streamInto(
  job: DatabaseJob,
  task: StreamTask & {
    size: number;
    layout: PartLayout;
    resumable: Resumable | undefined;
    kept?: UnfinishedUpload | undefined;
  },
  uploads: UnfinishedUpload[],
  signal: AbortSignal,
): Promise<Transferred> {
  const { backup, size, layout } = task;
  const { upload, stored } = await take(job, task, task, uploads, signal);
  const digests = new PartDigests(upload.algorithm, layout.partSize);
  const source = sourceOf(job, task, { expectedSize: size, digests });
  const onSame = () => noteResumed(job, backup, stored);
  const archive = { size, partSize: layout.partSize, source, stored, onSame };
  const read = (ended: AbortSignal) => new StreamedParts(archive, ended);
  const sent = await copyParts({ ...task, upload, stored, read }, signal);
  await drop(job, uploads, ({ uploadId }) => uploadId !== upload.uploadId, signal);
  return { sent, way: 'stream', needsUnpacking: source.needsUnpacking };
}

/** An archive whose length is stated neither by the API nor by its server. */
async function streamOfAnyLength(
  job: DatabaseJob,
  task: StreamTask,
  uploads: UnfinishedUpload[],
  signal: AbortSignal,
): Promise<Transferred> {
  const { backup, mustBeNew, meter } = task;
  // Such an upload is not resumed: of what earlier ones left, one is enough to tell whose backup it is.
  const [mark] = uploads;
  await drop(job, uploads, (upload) => upload !== mark, signal);
  logLayout(job, backup, 'stream', { size: backup.size, layout: job.store.streamLayoutFor(backup.size) });
  const onProgress = (bytes: number) => meter.report(bytes);
  const source = sourceOf(job, task, { expectedSize: null, onProgress });
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
  if (sent.size !== source.delivered || sent.crc32 !== source.digests.of(1).value) {
    throw new IntegrityError(
      'archive.checksum_mismatch',
      `backup ${backup.id}: other bytes were sent than were read`,
    );
  }
  // Its own upload has taken the place of what was begun. Not before this: with no upload and no object, a run
  // that dies leaves nothing to tell that the backup is ours.
  await drop(job, uploads, () => true, signal);
  return { sent, way: 'stream', needsUnpacking: source.needsUnpacking };
}

function sourceOf(
  job: DatabaseJob,
  { attempts, first }: StreamTask,
  more: Pick<ResumingDownloadOptions, 'expectedSize' | 'digests' | 'onProgress'>,
): ResumingDownload {
  const { stallTimeout } = job.settings;
  const canUnpack = job.store.canReadBack;
  return new ResumingDownload({ ...attempts, reader: job.reader, stallTimeout, first, canUnpack, ...more });
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

function noteResumed(job: DatabaseJob, backup: Backup, stored: readonly StoredPart[]): void {
  const bytes = totalOf(stored);
  job.log.info(
    'archive.resumed',
    { backupId: backup.id, bytes, parts: stored.length, totalBytes: backup.size },
    `${formatByteSize(bytes)} of ${backup.name} are there already`,
  );
}

/** Bytes of all parts together. */
function totalOf(parts: readonly StoredPart[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

/** So that the log says why a part has its size. */
export function logLayout(
  { store, log }: DatabaseJob,
  backup: Backup,
  way: 'parallel' | 'stream',
  { size, layout }: { size: number | null; layout: PartLayout },
): void {
  const { partSize, concurrency } = layout;
  const because = store.explainLayout(size, layout);
  const parts = size === null ? null : countParts(size, partSize);
  log.debug(
    'archive.layout',
    { backupId: backup.id, way, store: store.kind, partSize, parts, concurrency, because },
    `parts of ${formatByteSize(partSize)} (${because}), ${concurrency} at once`,
  );
}
