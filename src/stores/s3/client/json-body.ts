import { createHash } from 'node:crypto';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';

/**
 * A small JSON object of ours, as PutObject takes it. With its MD5, which every store knows: a bucket that locks
 * whatever comes into it demands a checksum of everything
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html).
 */
export function jsonBody(text: string): Pick<PutObjectCommandInput, 'Body' | 'ContentType' | 'ContentMD5'> {
  return {
    Body: text,
    ContentType: 'application/json',
    ContentMD5: createHash('md5').update(text).digest('base64'),
  };
}
