import { CreateMultipartUploadCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import type { ChecksumChoice } from '../../../integrity/checksum.ts';
import { request } from '../client/request.ts';
import { S3Error } from '../client/s3-error.ts';
import { checksumRequest, typeOf } from './checksum-fields.ts';

/** An upload that has been begun. */
export interface CreatedUpload {
  readonly uploadId: string;
  /** Whether the store has said that it keeps just the checksum that was asked for. */
  readonly checksumConfirmed: boolean;
}

/**
 * Begins a multipart upload.
 * @param checksum what the store is asked to keep of the object, which it computes from the parts'
 */
export async function createUpload(
  client: S3Client,
  { bucket, key, settings }: { bucket: string; key: string; settings: Partial<PutObjectCommandInput> },
  checksum: ChecksumChoice | null,
  signal: AbortSignal,
): Promise<CreatedUpload> {
  const operation = `CreateMultipartUpload ${bucket}/${key}`;
  const command = new CreateMultipartUploadCommand({
    Bucket: bucket,
    Key: key,
    ...settings,
    ...checksumRequest(checksum),
  });
  const response = await request((options) => client.send(command, options), operation, signal);
  const { UploadId: uploadId, ChecksumType: type } = response;
  if (uploadId !== undefined) {
    return { uploadId, checksumConfirmed: checksum !== null && type === typeOf(checksum.kind) };
  }
  throw new S3Error('s3.failed', `${operation}: the response has no UploadId`, {
    operation,
    hint: 'The endpoint does not speak the S3 multipart protocol: check s3.endpoint (S3_ENDPOINT).',
  });
}
