import type { IncomingMessage, ServerResponse } from 'node:http';
import { claimedChecksums, takeBody } from './sink-body.ts';
import { escapeXml, xmlList } from './sink-report.ts';
import type { SinkStore } from './sink-store.ts';

interface Target {
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/**
 * The least of S3 that lets an upload succeed: bodies are counted and thrown away, checksums and signatures
 * are believed. It is to be fast, so that what is measured is the copier; whether a copier's bytes are right
 * is for the tests.
 */
export async function answerAsSink(
  store: SinkStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://sink');
  const [, bucket = '', ...rest] = pathname.split('/');
  const target = {
    method: request.method ?? '',
    bucket,
    key: decodeURIComponent(rest.join('/')),
    query,
  };
  const reply = await answer(store, target, request);
  if (!request.readableEnded) request.resume();
  response.writeHead(reply.status, {
    'x-amz-request-id': 'SINK',
    ...(reply.headers?.['content-length'] === undefined
      ? { 'content-length': String(Buffer.byteLength(reply.body ?? '')) }
      : {}),
    ...reply.headers,
  });
  response.end(target.method === 'HEAD' ? undefined : reply.body);
}

function answer(store: SinkStore, target: Target, request: IncomingMessage): Reply | Promise<Reply> {
  if (target.key === '') return answerForBucket(store, target);
  switch (target.method) {
    case 'PUT':
      return target.query.has('uploadId')
        ? putPart(store, target, request)
        : putObject(store, target, request);
    case 'POST':
      return post(store, target, request);
    case 'GET':
    case 'HEAD':
      return target.query.size > 0 && target.query.get('x-id') === null
        ? notImplemented()
        : get(store, target);
    case 'DELETE':
      return remove(store, target);
    default:
      return notImplemented();
  }
}

function answerForBucket(store: SinkStore, { method, bucket, query }: Target): Reply {
  if (method === 'HEAD' || method === 'PUT') return { status: 200 };
  if (method !== 'GET') return notImplemented();
  if (query.has('location')) return xml('<LocationConstraint/>');
  return xml(xmlList(store, bucket, query.get('prefix') ?? '', query.has('uploads')));
}

async function putPart(store: SinkStore, { query }: Target, request: IncomingMessage): Promise<Reply> {
  const body = await takeBody(request);
  store.received += body.received;
  const upload = store.uploads.get(query.get('uploadId') ?? '');
  if (upload === undefined) return failure(404, 'NoSuchUpload');
  const etag = store.nextEtag();
  upload.parts.set(Number(query.get('partNumber')), { size: body.size, etag });
  return { status: 200, headers: { etag: `"${etag}"`, ...body.checksums } };
}

async function putObject(store: SinkStore, { key }: Target, request: IncomingMessage): Promise<Reply> {
  const body = await takeBody(request);
  store.received += body.received;
  const existing = store.objects.get(key);
  const { 'if-none-match': ifNone, 'if-match': ifMatch } = request.headers;
  if (ifNone === '*' && existing !== undefined) return failure(412, 'PreconditionFailed');
  if (ifMatch !== undefined && ifMatch !== `"${existing?.etag}"`) return failure(412, 'PreconditionFailed');
  const etag = store.nextEtag();
  store.objects.set(key, {
    size: body.size,
    etag,
    bytes: body.bytes,
    headers: { ...metadataOf(request), ...body.checksums },
    modifiedAt: new Date(),
    parts: 1,
  });
  return { status: 200, headers: { etag: `"${etag}"`, ...body.checksums } };
}

async function post(
  store: SinkStore,
  { bucket, key, query }: Target,
  request: IncomingMessage,
): Promise<Reply> {
  await takeBody(request);
  const names = `<Bucket>${bucket}</Bucket><Key>${escapeXml(key)}</Key>`;
  if (query.has('uploads')) {
    const uploadId = store.nextUploadId();
    store.uploads.set(uploadId, {
      key,
      headers: { ...metadataOf(request), ...checksumKind(request) },
      begunAt: new Date(),
      parts: new Map(),
    });
    const result = `<InitiateMultipartUploadResult>${names}<UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`;
    return { ...xml(result), headers: { 'content-type': 'application/xml', ...checksumKind(request) } };
  }
  if (!query.has('uploadId')) return notImplemented();
  const object = store.complete(query.get('uploadId') ?? '', claimedChecksums(request.headers));
  if (object === undefined) return failure(404, 'NoSuchUpload');
  return xml(
    `<CompleteMultipartUploadResult><Location/>${names}<ETag>"${object.etag}"</ETag></CompleteMultipartUploadResult>`,
  );
}

function get(store: SinkStore, { method, key }: Target): Reply {
  const object = store.objects.get(key);
  if (object === undefined) return failure(404, 'NoSuchKey');
  const headers = {
    ...object.headers,
    etag: `"${object.etag}"`,
    'last-modified': object.modifiedAt.toUTCString(),
    'content-length': String(object.size),
  };
  if (method === 'HEAD') return { status: 200, headers };
  return object.bytes === undefined ? notImplemented() : { status: 200, headers, body: object.bytes };
}

function remove(store: SinkStore, { key, query }: Target): Reply {
  const uploadId = query.get('uploadId');
  if (uploadId === null) store.objects.delete(key);
  else if (!store.uploads.delete(uploadId)) return failure(404, 'NoSuchUpload');
  return { status: 204 };
}

/** Confirms the kind of checksum that is asked for, as S3 does. */
function checksumKind({ headers }: IncomingMessage): Record<string, string> {
  const type = headers['x-amz-checksum-type'];
  return type === undefined ? {} : { 'x-amz-checksum-type': String(type) };
}

function metadataOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('x-amz-meta-') || name === 'content-type')
      .map(([name, value]) => [name, String(value)]),
  );
}

function xml(body: string): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0"?>\n${body}`,
  };
}

function failure(status: number, code: string): Reply {
  return { ...xml(`<Error><Code>${code}</Code><Message>the sink says no</Message></Error>`), status };
}

function notImplemented(): Reply {
  return failure(501, 'NotImplemented');
}
