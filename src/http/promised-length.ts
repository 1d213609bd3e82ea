import { parseContentRange } from './content-range.ts';
import type { OpenResponse } from './http-exchange.ts';

/** Bytes of the body: `Content-Length` (RFC 9112 §6.2), else those that the `Content-Range` of a 206 speaks of. */
export function promisedLength(status: number, headers: OpenResponse['headers']): number | null {
  const text = headers['content-length'];
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  const range = status === 206 ? parseContentRange(headers['content-range']) : undefined;
  return range === undefined ? null : range.end - range.start + 1;
}
