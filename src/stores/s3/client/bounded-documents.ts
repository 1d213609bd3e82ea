import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { formatDuration } from '../../../text/duration.ts';
import { noteSignal, type RequestOptions, type S3Command } from './call.ts';
import { CONTROL_TIMEOUT, PAUSES_TIMEOUT } from './deadlines.ts';
import { readAll, type S3Response } from './genuine-response.ts';
import { addressOf, type Peer, stalled } from './network-fault.ts';

/** An object up to this size is read here; a larger one is an archive, whose reader watches it. */
const SMALL = 64 * 1024;

interface Request extends Peer {
  readonly method: string;
  readonly query?: Readonly<Record<string, unknown>>;
}

/** How the tries of a request are bounded. */
export interface Bounds {
  /** Factor on every time limit. */
  readonly timeoutScale: number;
  /** As configured. */
  readonly endpoint: string | undefined;
}

/**
 * Reads the body of every response but an archive's before the SDK does, within the time limit of its request: the
 * SDK's own clock stops at the head. It cannot be shorter: S3 sends the head of a Complete at once, and its body when
 * it is done (API_CompleteMultipartUpload). What says only that something failed counts by its status, whatever became
 * of its body.
 */
export function boundDocuments(
  { config: { requestHandler } }: S3Client,
  { timeoutScale, endpoint }: Bounds,
): void {
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const begun = performance.now();
    const result = await handle(request, options);
    const response = result.response as S3Response;
    const { requestTimeout = CONTROL_TIMEOUT, most } = options as Partial<RequestOptions>;
    if (!(response.body instanceof Readable)) return result;
    if (most === undefined && isArchive(request as Request, response)) return result;
    const isFailure = (response.statusCode ?? 0) >= 300;
    const milliseconds = requestTimeout * timeoutScale;
    const late = stalled(
      `the head of the response of ${addressOf(request)} came, but not its body, within ${formatDuration(milliseconds)}`,
      endpoint,
    );
    const limit = {
      late,
      left: Math.max(0, begun + milliseconds - performance.now()),
      most: isFailure ? undefined : most,
    };
    const bytes = await readInTime(response.body, limit, isFailure);
    // The SDK makes a stream with helpers of its own of what is an object.
    const isObject = isObjectRequest(request as Request) && !isFailure;
    response.body = isObject ? Readable.from(bytes.length === 0 ? [] : [bytes]) : bytes;
    return result;
  };
}

/**
 * Ends all tries of one request after twice its time limit: five tries of a store that is silent would be five times
 * as long as its bound says.
 */
export function boundTries(client: S3Client, { timeoutScale, endpoint }: Bounds): void {
  const send = client.send.bind(client) as (command: S3Command, options: RequestOptions) => Promise<unknown>;
  const bounded: typeof send = async (command, options) => {
    const over = new AbortController();
    const late = Promise.withResolvers<never>();
    const milliseconds = 2 * options.requestTimeout * timeoutScale + PAUSES_TIMEOUT;
    const timer = setTimeout(() => {
      late.reject(
        stalled(
          `${hostOf(endpoint)} gave no whole response within ${formatDuration(milliseconds)}, tries included`,
          endpoint,
        ),
      );
      over.abort();
    }, milliseconds);
    try {
      const abortSignal = AbortSignal.any([options.abortSignal, over.signal]);
      noteSignal(command, abortSignal);
      return await Promise.race([send(command, { ...options, abortSignal }), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  };
  Object.defineProperty(client, 'send', { value: bounded });
}

function hostOf(endpoint: string | undefined): string {
  return endpoint === undefined ? 'the store' : new URL(endpoint).origin;
}

function isObjectRequest({ method, query = {} }: Request): boolean {
  return method === 'GET' && !['list-type', 'uploads', 'uploadId'].some((name) => name in query);
}

function isArchive(request: Request, { statusCode = 0, headers = {} }: S3Response): boolean {
  if (!isObjectRequest(request) || statusCode >= 300) return false;
  return !(Number(headers['content-length']) <= SMALL);
}

async function readInTime(
  body: Readable,
  { late, left, most }: { late: Error; left: number; most: number | undefined },
  isFailure: boolean,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => body.destroy(late), left);
  try {
    return (await readAll(body, { chunks, most })) ?? Buffer.concat(chunks);
  } catch (error) {
    if (isFailure) return Buffer.concat(chunks);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
