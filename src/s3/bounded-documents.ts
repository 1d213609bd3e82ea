import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { DOCUMENT_TIMEOUT } from './deadlines.ts';
import { readAll, type S3Response } from './genuine-response.ts';

/** An object up to this size is read here; a larger one is an archive, whose reader watches it. */
const SMALL = 64 * 1024;

/** A response whose head came and whose body did not. */
export class StalledResponse extends Error {
  override readonly name = 'StalledResponse';
  /** Has the SDK send the request again. */
  readonly $retryable = { throttling: false };
}

interface Request {
  readonly method: string;
  readonly query?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the body of every response but an archive's before the SDK does, in bounded time. What says only that something
 * failed counts by its status, whatever became of its body.
 * @param patience factor on the time limit
 */
export function boundDocuments({ config: { requestHandler } }: S3Client, patience: number): void {
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const result = await handle(request, options);
    const response = result.response as S3Response;
    if (!(response.body instanceof Readable) || isArchive(request as Request, response)) return result;
    const isObject = isObjectRequest(request as Request) && (response.statusCode ?? 0) < 300;
    const bytes = await readInTime(
      response.body,
      DOCUMENT_TIMEOUT * patience,
      (response.statusCode ?? 0) >= 300,
    );
    // The SDK makes a stream with helpers of its own of what is an object.
    response.body = isObject ? Readable.from(bytes.length === 0 ? [] : [bytes]) : bytes;
    return result;
  };
}

function isObjectRequest({ method, query = {} }: Request): boolean {
  return method === 'GET' && !['list-type', 'uploads', 'uploadId'].some((name) => name in query);
}

function isArchive(request: Request, { statusCode = 0, headers = {} }: S3Response): boolean {
  if (!isObjectRequest(request) || statusCode >= 300) return false;
  return !(Number(headers['content-length']) <= SMALL);
}

async function readInTime(body: Readable, milliseconds: number, isFailure: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const late = new StalledResponse(
    `the body of the response did not come within ${milliseconds / 1000} s of its head`,
  );
  const timer = setTimeout(() => body.destroy(late), milliseconds);
  try {
    return (await readAll(body, chunks)) ?? Buffer.concat(chunks);
  } catch (error) {
    if (isFailure) return Buffer.concat(chunks);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
