import type { Download, DownloadRange } from '../ports/backup-source.ts';
import type { OpenResponse } from './http-exchange.ts';
import { contentTagOf, parseContentRange, strongValidator } from './response-headers.ts';

/** What asks for a range (RFC 9110 §14.2), and for none of another version of the resource (§13.1.5). */
export function rangeHeaders({ start, end, validator }: DownloadRange): Record<string, string> {
  return {
    range: `bytes=${start}-${end ?? ''}`,
    ...(validator === undefined ? {} : { 'if-range': validator }),
  };
}

/**
 * A 200 or 206 as a download; `undefined` for every other status.
 * @param asked the range that was asked for; absent: the whole
 * @throws what `refuse` makes of a response that is no such range
 */
export function toDownload(
  response: OpenResponse,
  asked: DownloadRange | undefined,
  refuse: (why: string) => Error,
): Download | undefined {
  if (response.status === 200) return whole(response);
  return response.status === 206 ? part(response, asked, refuse) : undefined;
}

function whole(response: OpenResponse): Download {
  const length = contentLength(response);
  return {
    start: 0,
    partial: false,
    length,
    totalSize: length,
    framed: isFramed(response),
    ...commonOf(response),
  };
}

function part(
  response: OpenResponse,
  asked: DownloadRange | undefined,
  refuse: (why: string) => Error,
): Download {
  if (asked === undefined) throw refuse('a part came although the whole was asked for');
  const range = parseContentRange(response.headers['content-range']);
  if (range === undefined) throw refuse('its Content-Range is missing or makes no sense');
  if (range.start !== asked.start) {
    throw refuse(`it begins at byte ${range.start} instead of ${asked.start}`);
  }
  if (asked.end !== undefined && range.end > asked.end) {
    throw refuse(`it ends at byte ${range.end} instead of ${asked.end}`);
  }
  const length = range.end - range.start + 1;
  const declared = contentLength(response);
  if (declared !== null && declared !== length) {
    throw refuse(`its Content-Length is ${declared}, its Content-Range has ${length} bytes`);
  }
  return {
    start: range.start,
    partial: true,
    length,
    totalSize: range.total,
    // Whatever the framing: the body counts its bytes against the range.
    framed: true,
    ...commonOf(response),
  };
}

function commonOf({ headers, body }: OpenResponse): Pick<Download, 'validator' | 'contentTag' | 'body'> {
  return { validator: strongValidator(headers), contentTag: contentTagOf(headers), body };
}

function contentLength({ headers }: OpenResponse): number | null {
  const text = headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function isFramed(response: OpenResponse): boolean {
  return contentLength(response) !== null || /\bchunked\b/i.test(response.headers['transfer-encoding'] ?? '');
}
