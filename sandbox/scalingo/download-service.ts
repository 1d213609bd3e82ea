import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ArchiveSource } from '../archive/archive-source.ts';
import type { Call } from './call.ts';
import type { DownloadBehaviour } from './download-behaviour.ts';
import { refusal, sendAnswer } from './service-answer.ts';
import type { SimulatedBackup } from './simulated-backup.ts';

interface Selection {
  readonly status: 200 | 206 | 416;
  readonly start: number;
  readonly endInclusive: number;
}

/**
 * Answers one download as `behaviour` says; resolves when the response is over or the client has gone.
 * @param onBytes told of bytes before they are handed to the connection
 */
export async function serveArchive(
  { request, response, record }: Call,
  backup: SimulatedBackup,
  behaviour: DownloadBehaviour,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (behaviour.latencyMs !== undefined) await delay(behaviour.latencyMs);
  if (response.destroyed) return;
  if (behaviour.answer !== undefined) {
    record.status = behaviour.answer.status;
    sendAnswer(response, behaviour.answer);
    return;
  }
  const archive = behaviour.archive ?? backup.archive;
  const etag = etagOf(archive, behaviour);
  const lastModified = behaviour.lastModified === true ? new Date(backup.createdAt).toUTCString() : undefined;
  const selection = select(request, archive.size, behaviour, [etag, lastModified]);
  record.status = selection.status;
  if (selection.status === 416) {
    const headers = { 'Content-Range': `bytes */${archive.size}` };
    sendAnswer(response, { ...refusal(416, 'the range cannot be satisfied'), headers });
    return;
  }
  writeHead(response, selection, archive, behaviour, {
    ...(etag === undefined ? {} : { ETag: etag }),
    ...(lastModified === undefined ? {} : { 'Last-Modified': lastModified }),
    'Content-Disposition': `attachment; filename="${backup.name}.tar.gz"`,
  });
  await writeBody(response, archive, selection, behaviour, onBytes);
}

function etagOf(archive: ArchiveSource, behaviour: DownloadBehaviour): string | undefined {
  const validator = `"${behaviour.validator ?? archive.validator}"`;
  const kind = behaviour.etag ?? 'strong';
  return kind === 'none' ? undefined : kind === 'weak' ? `W/${validator}` : validator;
}

/** RFC 9110 §14.2 and §13.1.5: one range, and only while its validator is strong and still the same. */
function select(
  request: IncomingMessage,
  size: number,
  behaviour: DownloadBehaviour,
  validators: readonly (string | undefined)[],
): Selection {
  const whole: Selection = { status: 200, start: 0, endInclusive: size - 1 };
  const asked = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  if (asked === null || behaviour.range === 'ignore') return whole;
  if (behaviour.range === 'refuse') return { ...whole, status: 416 };
  const condition = request.headers['if-range'];
  if (condition !== undefined) {
    const validator = String(condition);
    if (validator.startsWith('W/') || !validators.includes(validator)) return whole;
  }
  const [, first = '', last = ''] = asked;
  if (first === '' && last === '') return whole;
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size || (first === '' && Number(last) === 0)) return { ...whole, status: 416 };
  if (last !== '' && first !== '' && Number(last) < start) return whole;
  return { status: 206, start, endInclusive: end };
}

function writeHead(
  response: ServerResponse,
  { status, start, endInclusive }: Selection,
  archive: ArchiveSource,
  behaviour: DownloadBehaviour,
  headers: Record<string, string>,
): void {
  const framing = behaviour.framing ?? 'length';
  if (framing === 'close') {
    response.useChunkedEncodingByDefault = false;
    response.shouldKeepAlive = false;
  }
  response.writeHead(status, {
    'Content-Type': 'application/gzip',
    ...((behaviour.range ?? 'honour') === 'honour' ? { 'Accept-Ranges': 'bytes' } : {}),
    ...(framing === 'length' ? { 'Content-Length': String(endInclusive - start + 1) } : {}),
    ...(status === 206 ? { 'Content-Range': `bytes ${start}-${endInclusive}/${archive.size}` } : {}),
    ...headers,
  });
  response.flushHeaders();
}

async function writeBody(
  response: ServerResponse,
  archive: ArchiveSource,
  { start, endInclusive }: Selection,
  behaviour: DownloadBehaviour,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const { cutAfter, stallAfter, endAfter } = behaviour;
  const length = endInclusive - start + 1;
  const limit = Math.min(...[cutAfter, stallAfter, endAfter, length].filter((bytes) => bytes !== undefined));
  const body = archive.read(start, start + limit - 1);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    for await (const chunk of paced(body, behaviour.bytesPerSecond, gone.signal)) {
      onBytes(chunk.length);
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal });
    }
    if (limit === length || limit === endAfter) finish(response, limit < length, behaviour);
    else if (limit === cutAfter) await cut(response, behaviour);
    if (!response.closed) await once(response, 'close', { signal: gone.signal });
  } catch (error) {
    // The client left, or the sandbox is closing: either way there is nobody to answer.
    if (!gone.signal.aborted) throw error;
  } finally {
    body.destroy();
  }
}

function finish(response: ServerResponse, isShort: boolean, behaviour: DownloadBehaviour): void {
  // Fewer bytes than declared: `end` would raise an error, so the connection ends instead.
  if (isShort && (behaviour.framing ?? 'length') === 'length') endConnection(response);
  else response.end();
}

/** Ends the connection in the middle of the body, once what was written has left the process. */
async function cut(response: ServerResponse, behaviour: DownloadBehaviour): Promise<void> {
  const by = behaviour.cutBy ?? (behaviour.framing === 'close' ? 'reset' : 'end');
  if (by === 'end') {
    endConnection(response);
    return;
  }
  // A reset discards what the kernel has not delivered yet: give it a moment, so that progress is made.
  await delay(20);
  response.socket?.resetAndDestroy();
}

function endConnection(response: ServerResponse): void {
  response.socket?.destroySoon();
}

/** Yields the body no faster than `bytesPerSecond`, in slices of a fiftieth of a second. */
async function* paced(
  body: AsyncIterable<Buffer>,
  bytesPerSecond: number | undefined,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (bytesPerSecond === undefined) {
    yield* body;
    return;
  }
  const slice = Math.max(Math.ceil(bytesPerSecond / 50), 1);
  const began = performance.now();
  let sent = 0;
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += slice) {
      const early = (sent / bytesPerSecond) * 1000 - (performance.now() - began);
      if (early > 1) await delay(early, undefined, { signal });
      const piece = chunk.subarray(at, at + slice);
      sent += piece.length;
      yield piece;
    }
  }
}
