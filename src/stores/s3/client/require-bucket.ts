import { HeadBucketCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { StoreError } from '../../../model/errors.ts';
import { request } from './request.ts';
import { S3Error } from './s3-error.ts';

/**
 * Makes sure that the bucket is there. Asked for by itself: some stores make a bucket of whatever name is
 * written to, a misspelt one too.
 *
 * The response to a HEAD has no body: of a wrong key, a wrong secret, a missing right and another region it shows
 * a bare status. A listing, which everything after this needs anyway, says which it is; and a policy may allow
 * the listing of our prefix alone, and no HEAD.
 * @throws StoreError `s3.no_such_bucket`; what the listing raises
 */
export async function requireBucket(
  client: S3Client,
  { bucket, prefix }: { bucket: string; prefix: string },
  signal: AbortSignal,
): Promise<void> {
  const operation = `HeadBucket ${bucket}`;
  try {
    await request(
      (options) => client.send(new HeadBucketCommand({ Bucket: bucket }), options),
      operation,
      signal,
    );
  } catch (error) {
    if (!(error instanceof StoreError) || error.status === undefined) throw error;
    if (error.code === 's3.not_found') throw noSuchBucket(operation, error);
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      MaxKeys: 1,
      ...(prefix === '' ? {} : { Prefix: prefix }),
    });
    await request((options) => client.send(command, options), `ListObjectsV2 ${bucket}/${prefix}`, signal);
  }
}

function noSuchBucket(operation: string, { status, requestId }: StoreError): StoreError {
  return new S3Error('s3.no_such_bucket', `${operation}: there is no such bucket`, {
    operation,
    status,
    requestId,
    hint: 'Create the bucket, or correct s3.bucket (S3_BUCKET) and s3.region (S3_REGION); some stores say this of an unknown access key too.',
  });
}
