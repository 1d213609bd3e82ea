import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { StoreError } from '../domain/errors.ts';
import { request } from './request.ts';

/**
 * Makes sure that the bucket is there. Asked for by itself: some stores make a bucket of whatever name is
 * written to, a misspelt one too.
 * @throws StoreError `s3.no_such_bucket`
 */
export async function requireBucket(client: S3Client, bucket: string, signal: AbortSignal): Promise<void> {
  const operation = `HeadBucket ${bucket}`;
  try {
    await request(
      (options) => client.send(new HeadBucketCommand({ Bucket: bucket }), options),
      operation,
      signal,
    );
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 's3.not_found') throw error;
    const { status, requestId } = error;
    throw new StoreError('s3.no_such_bucket', `${operation}: there is no such bucket`, {
      operation,
      status,
      requestId,
      hint: 'Create the bucket, or correct s3.bucket (S3_BUCKET) and s3.region (S3_REGION); some stores say this of an unknown access key too.',
    });
  }
}
