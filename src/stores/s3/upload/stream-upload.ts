import { Readable } from 'node:stream';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { StoredObject, UploadReceipt } from '../../../integrity/stored-object.ts';
import { IntegrityError } from '../../../model/errors.ts';
import type { PartLayout } from '../../../model/part-layout.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { StoreCapabilities } from '../capabilities/store-capabilities.ts';
import { discardUpload } from '../listing/unfinished-uploads.ts';
import type { CommitGuard } from './commit-new.ts';
import { guardedClient } from './guarded-client.ts';
import { discardAfterCommit, lookAfterLostCommit } from './lost-commit.ts';
import { PartLedger } from './part-ledger.ts';

export interface StreamUpload extends Omit<CommitGuard, 'head'> {
  readonly bucket: string;
  readonly key: string;
  readonly settings: Partial<PutObjectCommandInput>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly layout: PartLayout;
  /** What the store was found to take. */
  readonly capabilities: Pick<StoreCapabilities, 'checksum' | 'wholeConfirmed'>;
  readonly etagsAreMd5: boolean;
  readonly body: AsyncIterable<Buffer>;
  readonly clock: Clock;
  /** What the store holds at the key now. */
  readonly head: (signal: AbortSignal) => Promise<StoredObject | undefined>;
}

/**
 * Streams a body whose length is not known through lib-storage's `Upload`, which cuts it into parts and keeps a few
 * in flight. About `partSize × (concurrency + 1)` bytes are held.
 *
 * `Upload` is guarded because of how it ends: `abort()` leaves requests running and is never called; a part
 * refused while the source gives nothing would never settle; its own abort may hide the first error. Here
 * the first failure, from either side, ends the source and every request, is the error that is thrown, and
 * the multipart upload is aborted before the promise settles.
 * @throws whatever the body threw; StoreError; the signal's reason
 */
export async function streamUpload(
  client: S3Client,
  job: StreamUpload,
  signal: AbortSignal,
): Promise<UploadReceipt> {
  const { checksum, wholeConfirmed } = job.capabilities;
  const algorithm = checksum?.algorithm ?? 'CRC32';
  const ledger = new PartLedger(algorithm, job.etagsAreMd5);
  const failing = new AbortController();
  const fail = (error: unknown) => failing.abort(error);
  const ended = AbortSignal.any([signal, failing.signal]);
  let created: Promise<string | undefined> | undefined;
  const receipt = () => ledger.receipt(job.layout.partSize, created === undefined ? 'put' : 'multipart');

  const upload = new Upload({
    client: guardedClient(client, {
      ledger,
      checksum,
      wholeConfirmed,
      algorithm,
      clock: job.clock,
      signal: ended,
      beginSignal: signal,
      commit: { ...job, head: () => job.head(ended) },
      onFailure: fail,
      onCreate: (uploadId) => {
        created = uploadId;
      },
      onCommitFailed: async (error) => {
        const { bucket, key } = job;
        const etag = await lookAfterLostCommit(key, receipt(), () => job.head(signal), error);
        const uploadId = await created;
        if (uploadId !== undefined) await discardAfterCommit(client, { bucket, key, uploadId }, error);
        return etag;
      },
    }),
    params: {
      Bucket: job.bucket,
      Key: job.key,
      Body: Readable.from(watched(job.body, ended, fail), { objectMode: true, highWaterMark: 1 }),
      ContentType: 'application/gzip',
      Metadata: { ...job.metadata },
      ...job.settings,
    },
    partSize: job.layout.partSize,
    queueSize: job.layout.concurrency,
    leavePartsOnError: true,
  });

  try {
    await upload.done();
  } catch (error) {
    fail(error);
    const uploadId = await created;
    if (uploadId !== undefined) await discardUpload(client, { bucket: job.bucket, key: job.key, uploadId });
    throw ended.reason;
  }
  return receipt();
}

/**
 * The body, ended by the signal even while it gives nothing, and telling of its own failure at once, so
 * that parts in flight do not first run to their end.
 */
async function* watched(
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
  fail: (error: unknown) => void,
): AsyncGenerator<Buffer> {
  const iterator = body[Symbol.asyncIterator]();
  // Not `Promise.race` with one promise for the abort: it would keep every step of the transfer.
  let rejectStep = (_reason: unknown) => {};
  const onAbort = () => rejectStep(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const nextStep = () =>
    new Promise<IteratorResult<Buffer>>((resolve, reject) => {
      rejectStep = reject;
      iterator.next().then(resolve, reject);
    });
  let bytes = 0;
  try {
    for (;;) {
      // Aborted between two steps: nothing would reject the next one.
      signal.throwIfAborted();
      const step = await nextStep();
      if (step.done === true) break;
      bytes += step.value.length;
      // `Upload` collects chunks to a part; the memory of this one may be used again for the next.
      yield Buffer.from(step.value);
    }
    if (bytes === 0)
      throw new IntegrityError('archive.empty', 'the source ended without a byte: nothing is stored');
  } catch (error) {
    fail(error);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: a source that gives nothing ends `return` only when its pending read ends.
    void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
