import { createHash } from 'node:crypto';
import {
  HeadObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { retry } from '../../../concurrency/retry.ts';
import { type ChecksumChoice, digestOf } from '../../../integrity/checksum.ts';
import { hasCode, StoreError } from '../../../model/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import { request } from '../client/request.ts';
import { isUnsupported } from '../client/s3-error.ts';
import { abortUpload, discardUpload, findUploadListings } from '../listing/unfinished-uploads.ts';
import { checksumFields, checksumIn, checksumMode } from '../upload/checksum-fields.ts';
import { createUpload } from '../upload/create-upload.ts';
import { partUnconfirmed, strongTag } from '../upload/part-check.ts';
import { sendPart } from '../upload/send-part.ts';
import type { StoreCapabilities } from './store-capabilities.ts';

/** Tries of one part: what it shows decides how the whole archive is sent, so a passing fault must not. */
const TRIES = 3;
/** Of the one with a trailer, which the SDK does not repeat, its body being a stream: for some seconds. */
const TRAILER_TRIES = 5;
const FIRST_PAUSE = 500;
const PROBE = Buffer.from('backup-archiver asks whether it may write here\n');

export interface ProbeTarget {
  readonly bucket: string;
  readonly key: string;
  readonly settings: Partial<PutObjectCommandInput>;
  readonly etagsAreMd5: boolean;
  /** Whether a HEAD is to ask for the checksum. */
  readonly checksumMode: boolean;
  readonly clock: Clock;
}

/** What one upload of the probe has shown. */
export interface Probed extends StoreCapabilities {
  /** Whether the store has confirmed the checksum that came in a header. */
  readonly headerConfirmed: boolean;
}

/**
 * Begins a multipart upload with everything that an archive's upload would carry (encryption, storage
 * class, lock, tags, metadata), sends parts, asks for it as a HEAD and a listing will, and aborts: it needs the same
 * rights and room, and leaves no object, no version and no lock behind, which a test object would in a bucket with
 * Object Lock.
 * @param choices what to ask for, one after the other until one is not refused; `null` is no checksum
 * @throws StoreError how the last one was refused; what else goes wrong
 */
export async function probeWrite(
  client: S3Client,
  target: ProbeTarget,
  choices: readonly (ChecksumChoice | null)[],
  signal: AbortSignal,
): Promise<Probed> {
  const [choice = null, ...others] = choices;
  try {
    return await probeOnce(client, target, choice, signal);
  } catch (error) {
    // Either the store does not know it or it is refusing for another reason: then all of them fail.
    if (others.length === 0 || !isUnsupported(error)) throw error;
    return probeWrite(client, target, others, signal);
  }
}

async function probeOnce(
  client: S3Client,
  target: ProbeTarget,
  checksum: ChecksumChoice | null,
  signal: AbortSignal,
): Promise<Probed> {
  const { bucket, key, settings } = target;
  const created = await createUpload(client, { bucket, key, settings }, checksum, signal);
  const { uploadId, checksumConfirmed: wholeConfirmed } = created;
  try {
    const upload = { ...target, uploadId };
    const { md5Etags, headerConfirmed } = await sendWithHeader(client, upload, checksum, signal);
    const trailer = checksum !== null && (await takesTrailer(client, upload, checksum, signal));
    const checksumMode = target.checksumMode && (await takesChecksumMode(client, target, signal));
    const uploadListings = await findUploadListings(client, { bucket, key, uploadId }, signal);
    await abortUpload(client, { bucket, key, uploadId }, signal);
    return { checksum, trailer, wholeConfirmed, md5Etags, headerConfirmed, checksumMode, uploadListings };
  } catch (error) {
    await discardUpload(client, { bucket, key, uploadId });
    throw error;
  }
}

async function sendWithHeader(
  client: S3Client,
  { bucket, key, uploadId, clock }: ProbeTarget & { uploadId: string },
  checksum: ChecksumChoice | null,
  signal: AbortSignal,
): Promise<Pick<Probed, 'md5Etags' | 'headerConfirmed'>> {
  const digest = checksum === null ? undefined : digestOf(checksum.algorithm, PROBE);
  const command = new UploadPartCommand({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: 1,
    Body: PROBE,
    ...(digest === undefined ? {} : checksumFields(digest)),
  });
  const describe = `UploadPart ${bucket}/${key}`;
  const sent = await tried(
    async () => {
      const response = await request((options) => client.send(command, options), describe, signal);
      if (response.ETag === undefined) throw partUnconfirmed(1);
      return { ...response, ETag: response.ETag };
    },
    { attempts: TRIES, clock },
    signal,
  );
  return {
    md5Etags: strongTag(sent.ETag) === createHash('md5').update(PROBE).digest('hex'),
    headerConfirmed: digest !== undefined && checksumIn(sent, digest.algorithm) === digest.value,
  };
}

/**
 * A store that does not know the coding refuses it, or keeps its framing as data: then it confirms nothing. One that
 * has no time for it says nothing of the coding.
 */
async function takesTrailer(
  client: S3Client,
  target: ProbeTarget & { uploadId: string },
  { algorithm }: ChecksumChoice,
  signal: AbortSignal,
): Promise<boolean> {
  async function* body() {
    yield PROBE;
  }
  try {
    const { checkedBy } = await tried(
      () => {
        const part = { number: 2, size: PROBE.length, body: body() };
        return sendPart(client, { ...target, algorithm, trailer: true }, part, signal);
      },
      { attempts: TRAILER_TRIES, clock: target.clock },
      signal,
    );
    return checkedBy === 'checksum';
  } catch (error) {
    if (!(error instanceof StoreError) || error.status === undefined || isBusy(error.status)) throw error;
    return false;
  }
}

/** Statuses of a store, or of a gateway before it, that has no time now. */
function isBusy(status: number): boolean {
  return status === 429 || (status >= 502 && status <= 504);
}

/** Whether a HEAD may ask for the checksum. What else is wrong with it is said where it is of use. */
async function takesChecksumMode(
  client: S3Client,
  { bucket, key, clock }: ProbeTarget,
  signal: AbortSignal,
): Promise<boolean> {
  const head = async (asksChecksum: boolean) => {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key, ...checksumMode(asksChecksum) });
    try {
      await request((options) => client.send(command, options), `HeadObject ${bucket}/${key}`, signal);
    } catch (error) {
      // There is no such object; without the right to list, S3 says 403 of that (API_HeadObject).
      if (!hasCode(error, 's3.not_found', 's3.forbidden')) throw error;
    }
  };
  try {
    await tried(() => head(true), { attempts: TRIES, clock }, signal);
    return true;
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    await head(false);
    return false;
  }
}

/** @throws what the last try raised, or the first one that asking again cannot change */
function tried<Result>(
  send: () => Promise<Result>,
  { attempts, clock }: { attempts: number; clock: Clock },
  signal: AbortSignal,
): Promise<Result> {
  const mayPass = (error: unknown) =>
    error instanceof StoreError && error.retryable && error.code !== 's3.bad_digest';
  const backoff = { clock, ms: (attempt: number) => FIRST_PAUSE * 2 ** (attempt - 1) };
  return retry(send, { attempts, mayPass, backoff }, signal);
}
