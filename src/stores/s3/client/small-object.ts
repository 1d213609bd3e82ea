import { createHash } from 'node:crypto';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { readAll } from './genuine-response.ts';

/**
 * The text (UTF-8) of an object that should be small. What is at its key may be anything, of any size.
 * @param limit bytes, which its request was sent with (`RequestOptions.most`)
 * @returns `undefined` where it has more
 */
export async function smallText(body: unknown, limit: number): Promise<string | undefined> {
  const bytes = await readAll(body, { most: limit });
  return bytes?.toString('utf8');
}

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
