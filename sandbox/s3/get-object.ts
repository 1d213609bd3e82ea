import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ConnectionLost } from './body.ts';
import type { Blob, StoredObject } from './bucket.ts';
import { checksumHeader } from './checksum.ts';
import { refuseHeader } from './claimed-checksum.ts';
import { checkReadConditions } from './conditions.ts';
import { type Exchange, headerOf, keyOf, type Operation, type Reply } from './exchange.ts';
import { lockHeaders, parseTags } from './object-headers.ts';
import { S3Error } from './s3-error.ts';
import { shownType, shownValue } from './shown-checksum.ts';

const CHUNK = 1024 * 1024;

interface ByteRange {
  readonly first: number;
  /** Inclusive; `first - 1` for nothing. */
  readonly last: number;
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export const getObject: Operation = async (exchange) => {
  if (exchange.quirks.checksumMode === 'refused') refuseHeader(exchange, 'x-amz-checksum-mode');
  const object = findObject(exchange);
  const headers = objectHeaders(object);
  if (checkReadConditions(exchange, object)) return { status: 304, headers };

  const range = readRange(exchange, object.size);
  if (range === undefined && headerOf(exchange, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED') {
    Object.assign(headers, checksumHeaders(exchange, object));
  }
  const { first, last } = range ?? { first: 0, last: object.size - 1 };
  headers['content-length'] = String(last - first + 1);
  if (range !== undefined) headers['content-range'] = `bytes ${first}-${last}/${object.size}`;
  const reply: Reply = { status: range === undefined ? 200 : 206, headers };
  if (exchange.record.method === 'HEAD') return reply;
  return { ...reply, stream: (response) => send(exchange, object.blob, { first, last }, response) };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const headObject: Operation = getObject;

function findObject(exchange: Exchange): StoredObject {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  const key = keyOf(exchange);
  if (exchange.query.has('partNumber')) throw new S3Error('NotImplemented');
  const versionId = exchange.query.get('versionId');
  if (versionId === undefined) {
    const object = bucket.current(key);
    if (object === undefined) throw new S3Error('NoSuchKey', { fields: { Key: key } });
    return object;
  }
  const version = bucket.version(key, versionId);
  if (version === undefined)
    throw new S3Error('NoSuchVersion', { fields: { Key: key, VersionId: versionId } });
  if (version.object === undefined) {
    throw new S3Error('MethodNotAllowed', { headers: { 'x-amz-delete-marker': 'true' } });
  }
  return version.object;
}

function objectHeaders(object: StoredObject): Record<string, string> {
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': object.lastModified.toUTCString(),
    'content-type': 'binary/octet-stream',
    ...object.headers,
    ...lockHeaders(object.lock),
  };
  const tagging = headers['x-amz-tagging'];
  delete headers['x-amz-tagging'];
  if (tagging !== undefined) headers['x-amz-tagging-count'] = String(parseTags(tagging).length);
  if (headers['x-amz-storage-class'] === 'STANDARD') delete headers['x-amz-storage-class'];
  for (const [name, value] of Object.entries(object.metadata)) headers[`x-amz-meta-${name}`] = value;
  if (object.versionId !== undefined) headers['x-amz-version-id'] = object.versionId;
  return headers;
}

/** The stored checksum, which is shown when asked for. */
function checksumHeaders(exchange: Exchange, { checksum }: StoredObject): Record<string, string> {
  if (checksum === undefined) return {};
  const type = shownType(exchange, checksum);
  return {
    [checksumHeader(checksum.algorithm)]: shownValue(exchange, checksum),
    ...(type === undefined ? {} : { 'x-amz-checksum-type': type }),
  };
}

/** One range of bytes (RFC 9110 §14.1.2); what is not understood is ignored, as S3 does. */
function readRange(exchange: Exchange, size: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headerOf(exchange, 'range') ?? '');
  if (match === null) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return undefined;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined;
  if (first >= size || (from === '' && Number(to) === 0)) {
    throw new S3Error('InvalidRange', {
      headers: { 'content-range': `bytes */${size}` },
      fields: { RangeRequested: headerOf(exchange, 'range') ?? '', ActualObjectSize: size },
    });
  }
  return { first, last };
}

async function send(
  exchange: Exchange,
  blob: Blob,
  range: ByteRange,
  response: ServerResponse,
): Promise<void> {
  if (range.last < range.first) {
    response.end();
    return;
  }
  const { fault } = exchange;
  const cut = fault?.kind === 'reset' ? fault.afterBytes : undefined;
  const last = cut === undefined ? range.last : Math.min(range.last, range.first + cut - 1);
  response.flushHeaders();
  if (last >= range.first) {
    const bytes = openBlob(blob, { first: range.first, last });
    const source =
      fault?.kind === 'corrupt'
        ? Readable.from(flipIn(bytes, fault.atByte ?? range.first, range.first))
        : bytes;
    source.on('data', (piece: Buffer) => {
      exchange.record.bytesSent += piece.length;
    });
    await pipeline(source, response, { end: cut === undefined }).catch((error: unknown) => {
      throw new ConnectionLost('the client went away', { cause: error });
    });
  }
  if (cut !== undefined) {
    // What was written is on its way; the rest of the promised length never comes.
    await new Promise<void>((resolve) => response.write('', () => resolve()));
    response.socket?.destroy();
    throw new ConnectionLost('cut as scripted');
  }
}

function openBlob(blob: Blob, { first, last }: ByteRange): Readable {
  if (blob.kind === 'file')
    return createReadStream(blob.path, { start: first, end: last, highWaterMark: CHUNK });
  if (blob.kind === 'archive') return blob.source.read(first, last);
  if (blob.kind === 'memory') return Readable.from([blob.bytes.subarray(first, last + 1)]);
  return Readable.from(zeros(last - first + 1));
}

function* zeros(size: number): Generator<Buffer> {
  const chunk = Buffer.alloc(Math.min(size, CHUNK));
  for (let left = size; left > 0; left -= chunk.length) yield chunk.subarray(0, Math.min(left, chunk.length));
}

async function* flipIn(source: Readable, atByte: number, first: number): AsyncGenerator<Buffer> {
  let position = first;
  for await (const piece of source) {
    const data = Buffer.from(piece as Buffer);
    const index = atByte - position;
    if (index >= 0 && index < data.length) data[index] = (data[index] ?? 0) ^ 1;
    position += data.length;
    yield data;
  }
}
