import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { ConnectionLost } from './body.ts';
import {
  createBucket,
  deleteBucket,
  getBucketLifecycleConfiguration,
  getBucketLocation,
  getBucketVersioning,
  getObjectLockConfiguration,
  getObjectTagging,
  headBucket,
  listBuckets,
} from './bucket-operations.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { deleteObject, deleteObjects } from './delete-object.ts';
import type { Exchange, Operation, Reply } from './exchange.ts';
import type { FailureScripts, Fault } from './failures.ts';
import { getObject, headObject } from './get-object.ts';
import { listObjectsV2 } from './list-objects.ts';
import { listMultipartUploads, listParts } from './list-uploads.ts';
import { listObjectVersions } from './list-versions.ts';
import type { RecordedRequest, S3Operation, StoreQuirks } from './options.ts';
import { putObject } from './put-object.ts';
import type { RequestLog } from './request-log.ts';
import { type Route, routeOf } from './route.ts';
import { S3Error } from './s3-error.ts';
import { authenticate, type Credentials } from './signature.ts';
import type { Store } from './store.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './upload-part.ts';
import { errorDocument } from './xml.ts';

const OPERATIONS: Readonly<Partial<Record<S3Operation, Operation>>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  GetBucketVersioning: getBucketVersioning,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  GetBucketLifecycleConfiguration: getBucketLifecycleConfiguration,
  ListObjectVersions: listObjectVersions,
  GetObjectTagging: getObjectTagging,
  ListObjectsV2: listObjectsV2,
  ListMultipartUploads: listMultipartUploads,
  PutObject: putObject,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  ListParts: listParts,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
};

/** What every request needs. */
export interface Service {
  readonly store: Store;
  readonly credentials: Credentials;
  readonly quirks: StoreQuirks;
  readonly failures: FailureScripts;
  readonly log: RequestLog;
  readonly now: () => Date;
  readonly signatureTime: () => number;
  readonly endpoint: () => string;
}

/** Serves one request, from its arrival to its response, or to the silence that was scripted. */
export async function serve(
  service: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('x-amz-id-2', randomBytes(24).toString('base64'));
  response.setHeader('server', 'SimulatedS3');
  response.setHeader('date', new Date(service.signatureTime()).toUTCString());
  const method = request.method ?? '';
  const url = request.url ?? '/';
  const { route, unreadable } = readRoute(method, url);
  const record = service.log.record(request, route, requestId);
  try {
    if (route === undefined) throw unreadable;
    const authentication = authenticate(
      method,
      url,
      request.headers,
      service.credentials,
      service.signatureTime(),
    );
    const fault = service.failures.take(record);
    if (fault?.kind === 'foreign' && fault.executed !== true) {
      await answerForeign(fault, request, response);
      return;
    }
    await beforeTheWork(fault, request, response);
    // Only now is the body asked for (RFC 9110 §10.1.1).
    if (request.headers.expect !== undefined) response.writeContinue();
    if (fault?.kind === 'hang' && fault.after === 'body') {
      await drain(request);
      await forever(response);
    }
    const exchange: Exchange = {
      request,
      headers: request.headers,
      query: route.query,
      authentication,
      record,
      fault,
      store: service.store,
      quirks: service.quirks,
      now: service.now(),
      endpoint: service.endpoint(),
    };
    const reply = asInBetween(service.quirks, await perform(service, exchange));
    await afterTheWork(fault, response);
    await respond(fault, reply, record, request, response);
  } catch (error) {
    if (error instanceof ConnectionLost || response.headersSent) response.destroy();
    else await refuse(toS3Error(error), record, request, response);
  }
}

function readRoute(method: string, url: string): { route: Route | undefined; unreadable: unknown } {
  try {
    return { route: routeOf(method, url), unreadable: undefined };
  } catch (error) {
    return { route: undefined, unreadable: error };
  }
}

/** The reply, as it comes through what is in front of the store. */
function asInBetween({ etags }: StoreQuirks, reply: Reply): Reply {
  const etag = reply.headers?.etag;
  return etags === 'weak' && etag !== undefined
    ? { ...reply, headers: { ...reply.headers, etag: `W/${etag}` } }
    : reply;
}

function perform(service: Service, exchange: Exchange): Promise<Reply> {
  if (exchange.headers['x-amz-copy-source'] !== undefined) throw new S3Error('NotImplemented');
  if (exchange.record.operation === 'DeleteObjects') {
    return deleteObjects(exchange, (key) => {
      // A failure scripted for the single delete of a key hits it here too.
      const fault = service.failures.take({ ...exchange.record, operation: 'DeleteObject', key });
      return fault?.kind === 'error' ? new S3Error(fault.code, fault) : undefined;
    });
  }
  const operation = OPERATIONS[exchange.record.operation];
  if (operation === undefined) throw new S3Error('NotImplemented');
  return operation(exchange);
}

async function beforeTheWork(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (fault?.kind) {
    case 'error':
      throw new S3Error(fault.code, fault);
    case 'error-in-200':
      throw new S3Error(fault.code, { status: 200, message: fault.message });
    case 'hold':
      await fault.until;
      return;
    case 'hang':
      if (fault.after === undefined || fault.after === 'headers') await forever(response);
      return;
    case 'reset':
      if (fault.afterBytes === 0) {
        request.socket.resetAndDestroy();
        throw new ConnectionLost('reset as scripted');
      }
      return;
    default:
      return;
  }
}

async function afterTheWork(fault: Fault | undefined, response: ServerResponse): Promise<void> {
  if (fault?.kind === 'lose-answer') throw new ConnectionLost('the response is lost as scripted');
  if (fault?.kind === 'error-after') throw new S3Error(fault.code, { status: fault.status });
  if (fault?.kind === 'hang' && fault.after === 'done') await forever(response);
}

/** The reply, or what was scripted to come in its place. */
async function respond(
  fault: Fault | undefined,
  reply: Reply,
  record: RecordedRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (fault?.kind) {
    case 'foreign':
      return answerForeign(fault, request, response);
    case 'stall-body':
      await drain(request);
      response.writeHead(reply.status === 204 ? 200 : reply.status, {
        ...reply.headers,
        'content-length': String(fault.length ?? 300),
      });
      response.flushHeaders();
      return forever(response);
    case 'late-body':
      await drain(request);
      response.writeHead(reply.status, { ...reply.headers, 'content-type': 'application/xml' });
      response.write('<?xml version="1.0" encoding="UTF-8"?>\n');
      await setTimeout(fault.afterMs);
      response.end(`\n${(reply.xml ?? '').replace(/^<\?xml.*?\?>\s*/, '')}`);
      return;
    case 'half': {
      const xml = reply.xml?.slice(0, reply.xml.length / 2);
      return answer({ ...reply, ...(xml === undefined ? {} : { xml }) }, record, request, response);
    }
    default:
      return answer(reply, record, request, response);
  }
}

/** Answers as a proxy does that knows nothing of S3: without the headers of a store. */
async function answerForeign(
  { body, contentType = 'text/html', status = 200, headers }: Extract<Fault, { kind: 'foreign' }>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await drain(request);
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const length = status === 204 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { 'content-type': contentType, ...length, ...headers });
  response.end(request.method === 'HEAD' || status === 204 ? undefined : body);
}

async function answer(
  reply: Reply,
  record: RecordedRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  record.status = reply.status;
  await drain(request);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  response.statusCode = reply.status;
  if (reply.stream !== undefined) {
    await reply.stream(response);
    return;
  }
  if (reply.xml !== undefined) response.setHeader('content-type', 'application/xml');
  response.end(reply.xml);
}

async function refuse(
  error: S3Error,
  record: RecordedRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  record.status = error.status;
  record.errorCode = error.code;
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  response.statusCode = error.status;
  // A client that was not told to go on sends no body: there is nothing to read past.
  const awaitsContinue = request.headers.expect !== undefined && !request.readableDidRead;
  if (awaitsContinue) response.setHeader('connection', 'close');
  else await drain(request).catch(() => undefined);
  if (record.method === 'HEAD') {
    response.end();
    return;
  }
  response.setHeader('content-type', 'application/xml');
  response.end(
    errorDocument([
      ['Code', error.code],
      ['Message', error.message],
      ...Object.entries(error.fields),
      ['Resource', `/${record.bucket ?? ''}${record.key === undefined ? '' : `/${record.key}`}`],
      ['RequestId', record.requestId],
    ]),
  );
}

function toS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  // A defect of this server: said loudly, since a test would otherwise take it for weather.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`SimulatedS3 failed: ${stack}\n`);
  return new S3Error('InternalError', { message: `SimulatedS3 failed: ${stack.split('\n', 1)[0] ?? ''}` });
}

/** Reads past what is left of the body: a response in front of it may be lost to a reset. */
async function drain(request: IncomingMessage): Promise<void> {
  if (request.readableEnded) return;
  request.resume();
  await finished(request, { writable: false }).catch((error: unknown) => {
    throw new ConnectionLost('the client went away', { cause: error });
  });
}

/** Until the connection ends. @throws ConnectionLost */
async function forever(response: ServerResponse): Promise<never> {
  await new Promise<void>((resolve) => {
    if (response.closed) resolve();
    else response.once('close', resolve);
  });
  throw new ConnectionLost('the client gave up');
}
