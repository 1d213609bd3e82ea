import { createHash } from 'node:crypto';
import { type PutObjectCommandInput, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { crc32, encodeCrc32 } from '../domain/crc32.ts';
import { StoreError } from '../domain/errors.ts';
import { createUpload } from './create-upload.ts';
import { unquote } from './part-check.ts';
import { request } from './request.ts';
import { sendPart } from './send-part.ts';
import { abortUpload, discardUpload } from './unfinished-uploads.ts';

const PROBE = Buffer.from('backup-archiver asks whether it may write here\n');

export interface ProbeTarget {
  readonly bucket: string;
  readonly key: string;
  readonly settings: Partial<PutObjectCommandInput>;
  readonly etagsAreMd5: boolean;
}

/** What a store was found to do with checksums. */
export interface StoreAbilities {
  /** It takes a CRC32 in a header. */
  readonly checksumHeader: boolean;
  /** It takes a CRC32 in a trailer behind the bytes, and confirms it. */
  readonly checksumTrailer: boolean;
  /** The ETag of a part is the MD5 of its bytes; others may look the same (encryption by the bucket's default). */
  readonly md5Etags: boolean;
}

/** What may be assumed of a store that has not been probed: nothing. */
export const NO_ABILITIES: StoreAbilities = {
  checksumHeader: false,
  checksumTrailer: false,
  md5Etags: false,
};

/**
 * Begins a multipart upload with everything that an archive's upload would carry (encryption, storage
 * class, lock, tags), sends parts and aborts: it needs the same rights and room, and leaves no object, no
 * version and no lock behind, which a test object would in a bucket with Object Lock.
 * @returns what the store can do, as it showed
 */
export async function probeWrite(
  client: S3Client,
  target: ProbeTarget,
  checksum: 'auto' | 'crc32' | 'none',
  signal: AbortSignal,
): Promise<StoreAbilities> {
  if (checksum === 'none') return probeOnce(client, target, false, signal);
  try {
    return await probeOnce(client, target, true, signal);
  } catch (error) {
    if (checksum === 'crc32' || !refusesHeaders(error)) throw error;
    // Either the store knows no checksums or it is refusing for another reason: then this fails as well.
    return await probeOnce(client, target, false, signal);
  }
}

/** The statuses with which stores turn down headers that they do not know. */
function refusesHeaders(error: unknown): boolean {
  if (!(error instanceof StoreError) || error.code !== 's3.failed') return false;
  return error.status === 400 || error.status === 501;
}

async function probeOnce(
  client: S3Client,
  target: ProbeTarget,
  checksums: boolean,
  signal: AbortSignal,
): Promise<StoreAbilities> {
  const { bucket, key, settings } = target;
  const uploadId = await createUpload(client, { bucket, key, settings: { ...settings } }, checksums, signal);
  try {
    const md5Etags = await sendWithHeader(client, { bucket, key, uploadId }, checksums, signal);
    const checksumTrailer = checksums && (await takesTrailer(client, { ...target, uploadId }, signal));
    await abortUpload(client, { bucket, key, uploadId }, signal);
    return { checksumHeader: checksums, checksumTrailer, md5Etags };
  } catch (error) {
    await discardUpload(client, { bucket, key, uploadId });
    throw error;
  }
}

/** @returns whether the part's ETag is the MD5 of its bytes */
async function sendWithHeader(
  client: S3Client,
  { bucket, key, uploadId }: { bucket: string; key: string; uploadId: string },
  checksums: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const command = new UploadPartCommand({
    Bucket: bucket,
    Key: key,
    UploadId: uploadId,
    PartNumber: 1,
    Body: PROBE,
    ...(checksums ? { ChecksumCRC32: encodeCrc32(crc32(PROBE)) } : {}),
  });
  const describe = `UploadPart ${bucket}/${key}`;
  const { ETag: etag = '' } = await request((options) => client.send(command, options), describe, signal);
  return unquote(etag) === createHash('md5').update(PROBE).digest('hex');
}

/** A store that does not know the coding refuses it, or keeps its framing as data: then it confirms nothing. */
async function takesTrailer(
  client: S3Client,
  target: ProbeTarget & { uploadId: string },
  signal: AbortSignal,
): Promise<boolean> {
  async function* body() {
    yield PROBE;
  }
  try {
    const part = { number: 2, size: PROBE.length, body: body() };
    const { checkedBy } = await sendPart(client, { ...target, checksumTrailer: true }, part, signal);
    return checkedBy === 'checksum';
  } catch (error) {
    if (!(error instanceof StoreError) || error.status === undefined) throw error;
    return false;
  }
}
