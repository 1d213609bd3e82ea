import { Readable } from 'node:stream';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { StoredObject, UploadReceipt } from '../domain/archive-store.ts';
import { ArchiverError, IntegrityError } from '../domain/errors.ts';
import type { PartLayout } from '../domain/part-layout.ts';
import { CLEANUP_TIMEOUT } from './deadlines.ts';
import { guardedClient } from './guarded-client.ts';
import { PartLedger } from './part-ledger.ts';
import { abortUpload } from './unfinished-uploads.ts';

export interface StreamUpload {
  readonly bucket: string;
  readonly key: string;
  readonly settings: Partial<PutObjectCommandInput>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly layout: PartLayout;
  /** Whether the store takes CRC32 checksums. */
  readonly checksums: boolean;
  readonly etagsAreMd5: boolean;
  /** Refuse to complete where an object is there already (`If-None-Match: *`). */
  readonly mustBeNew: boolean;
  readonly body: AsyncIterable<Buffer>;
  /** What the store holds at the key now. */
  readonly head: (signal: AbortSignal) => Promise<StoredObject | undefined>;
}

/**
 * Streams a body of any length through lib-storage's `Upload`, which cuts it into parts and keeps a few in
 * flight. At most `partSize × (concurrency + 1)` bytes are held.
 *
 * `Upload` is guarded because of how it ends: `abort()` leaves requests running and is never called; a part
 * refused while the source stands still would never settle; its own abort may hide the first error. Here
 * the first failure, from either side, ends the source and every request, is the error that is thrown, and
 * the multipart upload is aborted before the promise settles.
 * @throws whatever the body threw; StoreError; the signal's reason
 */
export async function streamUpload(
  client: S3Client,
  job: StreamUpload,
  signal: AbortSignal,
): Promise<UploadReceipt> {
  const ledger = new PartLedger(job.etagsAreMd5);
  const failing = new AbortController();
  const fail = (error: unknown) => failing.abort(error);
  const ended = AbortSignal.any([signal, failing.signal]);
  let uploadId: string | undefined;

  const upload = new Upload({
    client: guardedClient(client, {
      ledger,
      checksums: job.checksums,
      signal: ended,
      onFailure: fail,
      onCreated: (id) => {
        uploadId = id;
      },
      onCommitFailed: (error) => lookAfterLostCommit(job, ledger, uploadId !== undefined, error, signal),
    }),
    params: {
      Bucket: job.bucket,
      Key: job.key,
      Body: Readable.from(watched(job.body, ended, fail), { objectMode: true, highWaterMark: 1 }),
      ContentType: 'application/gzip',
      Metadata: { ...job.metadata },
      ...job.settings,
      ...(job.mustBeNew ? { IfNoneMatch: '*' } : {}),
    },
    partSize: job.layout.partSize,
    queueSize: job.layout.concurrency,
    leavePartsOnError: true,
  });

  try {
    await upload.done();
  } catch (error) {
    fail(error);
    if (uploadId !== undefined) await discard(client, { bucket: job.bucket, key: job.key, uploadId });
    throw ended.reason;
  }
  return {
    size: ledger.size,
    parts: ledger.count,
    partSize: job.layout.partSize,
    checksum: ledger.fullObject,
    compositeChecksum: ledger.composite,
    partsCheckedBy: ledger.checkedBy,
    expectedEtag: ledger.objectEtag(uploadId !== undefined) ?? null,
  };
}

/**
 * The body, ended by the signal even while it stands still, and telling of its own failure at once, so
 * that parts in flight do not first run to their end.
 */
async function* watched(
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
  fail: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  const iterator = body[Symbol.asyncIterator]();
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  aborted.catch(() => {});
  let bytes = 0;
  try {
    signal.throwIfAborted();
    for (;;) {
      const step = await Promise.race([iterator.next(), aborted]);
      if (step.done === true) break;
      bytes += step.value.length;
      yield step.value;
    }
    if (bytes === 0)
      throw new IntegrityError('archive.empty', 'the source ended without a byte: nothing is stored');
  } catch (error) {
    fail(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a source that stands still answers `return` only when its pending read ends.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

/**
 * The answer to Complete may be lost after the store has done it; asked again it says NoSuchUpload, or that
 * the object exists. So look: an object of our size and our checksum or ETag is the one we sent.
 */
async function lookAfterLostCommit(
  job: StreamUpload,
  ledger: PartLedger,
  multipart: boolean,
  error: unknown,
  signal: AbortSignal,
): Promise<string> {
  const found = await job.head(signal).catch(() => undefined);
  const ours =
    found !== undefined &&
    found.size === ledger.size &&
    (found.checksum === null
      ? found.etag !== null && found.etag === ledger.objectEtag(multipart)
      : found.checksum.value === ledger.fullObject.value || found.checksum.value === ledger.composite.value);
  if (!ours) throw error;
  return found.etag ?? '';
}

async function discard(
  client: S3Client,
  upload: { bucket: string; key: string; uploadId: string },
): Promise<void> {
  try {
    await abortUpload(client, upload, AbortSignal.timeout(CLEANUP_TIMEOUT));
  } catch (error) {
    // The first failure is the one to report. The next run finds this upload and aborts it.
    if (!(error instanceof ArchiverError)) throw error;
  }
}
