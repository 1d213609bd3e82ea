import { CreateMultipartUploadCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { StoreError } from '../domain/errors.ts';
import { request } from './request.ts';

/**
 * Begins a multipart upload.
 * @param checksums ask the store to keep the CRC32 of the whole object, which it computes from the parts'
 * @returns its UploadId
 */
export async function createUpload(
  client: S3Client,
  { bucket, key, settings }: { bucket: string; key: string; settings: Partial<PutObjectCommandInput> },
  checksums: boolean,
  signal: AbortSignal,
): Promise<string> {
  const operation = `CreateMultipartUpload ${bucket}/${key}`;
  const command = new CreateMultipartUploadCommand({
    Bucket: bucket,
    Key: key,
    ...settings,
    ...(checksums ? { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } : {}),
  });
  const { UploadId: uploadId } = await request((options) => client.send(command, options), operation, signal);
  if (uploadId !== undefined) return uploadId;
  throw new StoreError('s3.failed', `${operation}: the answer has no UploadId`, {
    operation,
    hint: 'The endpoint does not speak the S3 multipart protocol: check s3.endpoint (S3_ENDPOINT).',
  });
}
