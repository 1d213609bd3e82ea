import {
  CreateMultipartUploadCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { crc32, encodeCrc32 } from '../domain/crc32.ts';
import { StoreError } from '../domain/errors.ts';
import { CLEANUP_TIMEOUT } from './deadlines.ts';
import { request } from './request.ts';
import { abortUpload } from './unfinished-uploads.ts';

const PROBE = Buffer.from('backup-archiver asks whether it may write here\n');

/** The status or code with which stores turn down headers that they do not know. */
function refusesChecksums(error: unknown): boolean {
  return (
    error instanceof StoreError &&
    (error.status === 400 || error.status === 501) &&
    error.code === 's3.failed'
  );
}

/**
 * Begins a multipart upload with everything that an archive's upload would carry (encryption, storage
 * class, lock, tags), sends one part and aborts: it needs the same rights and room, and leaves no object,
 * no version and no lock behind, which a test object would in a bucket with Object Lock.
 * @returns whether the store takes CRC32 checksums
 */
export async function probeWrite(
  client: S3Client,
  target: { bucket: string; key: string; settings: Partial<PutObjectCommandInput> },
  checksum: 'auto' | 'crc32' | 'none',
  signal: AbortSignal,
): Promise<{ checksums: boolean }> {
  if (checksum === 'none') {
    await probeOnce(client, target, false, signal);
    return { checksums: false };
  }
  try {
    await probeOnce(client, target, true, signal);
    return { checksums: true };
  } catch (error) {
    if (checksum === 'crc32' || !refusesChecksums(error)) throw error;
    // Either the store knows no checksums or it is refusing for another reason: then this fails as well.
    await probeOnce(client, target, false, signal);
    return { checksums: false };
  }
}

async function probeOnce(
  client: S3Client,
  { bucket, key, settings }: { bucket: string; key: string; settings: Partial<PutObjectCommandInput> },
  checksums: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { UploadId: uploadId } = await request(
    (options) =>
      client.send(
        new CreateMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          ...settings,
          ...(checksums ? { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } : {}),
        }),
        options,
      ),
    `CreateMultipartUpload ${bucket}/${key}`,
    signal,
  );
  if (uploadId === undefined) {
    throw new StoreError('s3.failed', `CreateMultipartUpload ${bucket}/${key}: the answer has no UploadId`, {
      operation: 'CreateMultipartUpload',
      hint: 'The endpoint does not speak the S3 multipart protocol: check s3.endpoint (S3_ENDPOINT).',
    });
  }
  try {
    await request(
      (options) =>
        client.send(
          new UploadPartCommand({
            Bucket: bucket,
            Key: key,
            UploadId: uploadId,
            PartNumber: 1,
            Body: PROBE,
            ...(checksums ? { ChecksumCRC32: encodeCrc32(crc32(PROBE)) } : {}),
          }),
          options,
        ),
      `UploadPart ${bucket}/${key}`,
      signal,
    );
  } finally {
    await abortUpload(client, { bucket, key, uploadId }, AbortSignal.timeout(CLEANUP_TIMEOUT));
  }
}
