import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { CONTROL_TIMEOUT, StalledResponse } from './deadlines.ts';

/**
 * The text (UTF-8) of an object that should be small. What is at its key may be anything, of any size.
 * @param limit bytes
 * @returns `undefined` where it has more: nothing of the rest is read, and its connection is closed
 */
export async function smallText(body: unknown, limit: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = body as Readable;
  // An object without a length may trickle for ever.
  const timer = setTimeout(
    () => stream.destroy(new StalledResponse('the body of a small object did not end')),
    CONTROL_TIMEOUT,
  );
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      // Leaving the loop destroys the stream.
      if (size > limit) return undefined;
      chunks.push(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
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
