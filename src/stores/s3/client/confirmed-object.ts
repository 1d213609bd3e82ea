import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { retry } from '../../../concurrency/retry.ts';
import { hasCode, StoreError } from '../../../model/errors.ts';
import { unquote } from '../upload/part-check.ts';
import type { RequestOptions } from './call.ts';
import { request } from './request.ts';
import { S3Error } from './s3-error.ts';
import { jsonBody, smallText } from './small-object.ts';

/** Where an object lies, as commands take it. */
export interface ObjectTarget {
  readonly Bucket: string;
  readonly Key: string;
}

/** Tries of a change whose success cannot be confirmed; the SDK repeats each request that fails by itself. */
const TRIES = 3;

/**
 * The text of a small object.
 * @param limit bytes
 * @param timeout milliseconds for the request, that of a control call unless given
 * @returns `undefined` where there is no object; without `text` where it has more bytes than `limit`
 * @throws StoreError
 */
export async function readSmallObject(
  client: S3Client,
  target: ObjectTarget,
  limit: number,
  signal: AbortSignal,
  timeout?: number,
): Promise<{ readonly text?: string | undefined; readonly etag: string } | undefined> {
  try {
    return await request(
      async (options) => {
        const bounded: RequestOptions = { ...options, most: limit };
        const { Body: body, ETag: etag } = await client.send(new GetObjectCommand(target), bounded);
        return { text: await smallText(body ?? [], limit), etag: etag ?? '' };
      },
      describe('GetObject', target),
      signal,
      timeout,
    );
  } catch (error) {
    if (hasCode(error, 's3.not_found')) return undefined;
    throw error;
  }
}

/**
 * A small object as `parse` reads it. What cannot be read may be half a response to a request that went wrong, so it is
 * read once more.
 * @param parse returns nothing (`null`, `undefined`) of a text that is not what it should be
 * @param limit bytes
 * @param timeout milliseconds for each request, that of a control call unless given
 * @returns `undefined` where there is no object; without `value` where it is not readable twice
 * @throws StoreError
 */
export async function readParsed<Value>(
  client: S3Client,
  target: ObjectTarget,
  { parse, limit, timeout }: { parse: (text: string) => Value; limit: number; timeout?: number },
  signal: AbortSignal,
): Promise<{ readonly value: Value | undefined; readonly etag: string } | undefined> {
  for (let isAgain = false; ; isAgain = true) {
    const read = await readSmallObject(client, target, limit, signal, timeout);
    if (read === undefined) return undefined;
    const value = read.text === undefined ? undefined : parse(read.text);
    const isReadable = value !== undefined && value !== null;
    if (isReadable || isAgain) return { value, etag: read.etag };
  }
}

/**
 * Writes a small JSON object and makes sure of it: by the ETag of the response where that is the MD5 of the text,
 * else by reading the object. So a response that was lost does not make a failure of an object that is there, and
 * a 200 of something in between does not make a success of one that is not.
 * @throws StoreError what the last request raised; `s3.unconfirmed` where the store does not show the text
 */
export async function putConfirmed(
  client: S3Client,
  target: ObjectTarget,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const operation = describe('PutObject', target);
  const md5 = createHash('md5').update(text).digest('hex');
  const put = async () => {
    let failure: unknown;
    try {
      const command = new PutObjectCommand({ ...target, ...jsonBody(text) });
      const { ETag: etag } = await request((options) => client.send(command, options), operation, signal);
      if (etag !== undefined && unquote(etag) === md5) return;
    } catch (error) {
      if (signal.aborted) throw error;
      failure = error;
    }
    const stored = await readSmallObject(client, target, Buffer.byteLength(text), signal).catch(
      (error: unknown) => {
        if (signal.aborted) throw error;
        failure ??= error;
        return undefined;
      },
    );
    if (stored?.text !== text) throw failure ?? unconfirmed(operation, 'it is not there');
  };
  const mayPass = (error: unknown) => error instanceof StoreError && error.retryable;
  await retry(put, { attempts: TRIES, mayPass }, signal);
}

/**
 * Deletes an object and makes sure of it: by the status 204 (API_DeleteObject), or by looking where another one
 * came. One that is gone already is no failure.
 * @param timeout milliseconds for each request, that of a control call unless given
 * @throws StoreError what the last request raised; `s3.unconfirmed` where the object is still there
 */
export async function deleteConfirmed(
  client: S3Client,
  target: ObjectTarget,
  signal: AbortSignal,
  timeout?: number,
): Promise<void> {
  const operation = describe('DeleteObject', target);
  const remove = async () => {
    try {
      const { $metadata } = await request(
        (options) => client.send(new DeleteObjectCommand(target), options),
        operation,
        signal,
        timeout,
      );
      if ($metadata.httpStatusCode === 204) return;
    } catch (error) {
      // Asked again after a response that was lost.
      if (hasCode(error, 's3.not_found')) return;
      throw error;
    }
    if (await exists(client, target, signal, timeout)) throw unconfirmed(operation, 'it is still there');
  };
  await retry(remove, { attempts: TRIES, mayPass: (error) => hasCode(error, 's3.unconfirmed') }, signal);
}

async function exists(
  client: S3Client,
  target: ObjectTarget,
  signal: AbortSignal,
  timeout?: number,
): Promise<boolean> {
  try {
    const command = new HeadObjectCommand(target);
    await request(
      (options) => client.send(command, options),
      describe('HeadObject', target),
      signal,
      timeout,
    );
    return true;
  } catch (error) {
    if (hasCode(error, 's3.not_found')) return false;
    throw error;
  }
}

function unconfirmed(operation: string, what: string): StoreError {
  return new S3Error('s3.unconfirmed', `${operation} was answered as a success, but ${what}`, {
    operation,
    hint: 'Something between here and the store may respond in its place: check s3.endpoint (S3_ENDPOINT) and the proxy.',
    retryable: true,
  });
}

function describe(operation: string, { Bucket: bucket, Key: key }: ObjectTarget): string {
  return `${operation} ${bucket}/${key}`;
}
