import type { OpenResponse } from './http-exchange.ts';

/** `Content-Range: bytes 0-499/1234` (RFC 9110 §14.4). Positions from 0, inclusive. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  /** Bytes of the whole; `null` for `*`. */
  readonly total: number | null;
}

/** @returns `undefined` where the header is absent, not in bytes, or contradicts itself */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const match = /^bytes\s+(\d+)-(\d+)\/(\d+|\*)$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2])];
  const total = match[3] === '*' ? null : Number(match[3]);
  if (![start, end, total ?? 0].every(Number.isSafeInteger)) return undefined;
  return start <= end && (total === null || end < total) ? { start, end, total } : undefined;
}

/** The total of a 416's `Content-Range: bytes *` + `/1234`; `undefined` where it is not said. */
export function unsatisfiedTotal(header: string | undefined): number | undefined {
  const match = /^bytes\s+\*\/(\d+)$/i.exec(header?.trim() ?? '');
  const total = Number(match?.[1] ?? Number.NaN);
  return Number.isSafeInteger(total) ? total : undefined;
}

interface ValidatorHeaders {
  readonly etag?: string | undefined;
  readonly date?: string | undefined;
  readonly 'last-modified'?: string | undefined;
}

/** The `ETag` of a response where it is a strong one (RFC 9110 §8.8.3). */
export function contentTagOf({ etag }: ValidatorHeaders): string | null {
  return etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : null;
}

/**
 * What `If-Range` may carry (RFC 9110 §13.1.5): a strong ETag, else a `Last-Modified` that is strong by
 * §8.8.2.2, i.e. at least a second older than the response's `Date`. One that is stamped with the time of
 * the response changes at every request and would forbid every resumption.
 */
export function strongValidator(headers: ValidatorHeaders): string | null {
  const etag = contentTagOf(headers);
  if (etag !== null) return etag;
  const { date } = headers;
  const modified = headers['last-modified'];
  if (modified === undefined || date === undefined) return null;
  return Date.parse(date) - Date.parse(modified) >= 1000 ? modified : null;
}

/** Bytes of the body: none of a 204 and a 304, else `Content-Length` (RFC 9112 §6.2), else those that the `Content-Range` of a 206 speaks of. */
export function promisedLength(status: number, headers: OpenResponse['headers']): number | null {
  if (status === 204 || status === 304) return 0;
  const text = headers['content-length'];
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  const range = status === 206 ? parseContentRange(headers['content-range']) : undefined;
  return range === undefined ? null : range.end - range.start + 1;
}

/** `X-Request-Id` where it is one: it goes into every failure and must not carry surprises. */
export function requestIdOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:/+=@-]{1,128}$/.test(header) ? header : undefined;
}

/** No `Retry-After` stops us for longer: a wrong header must not cost a night. */
export const MAX_RETRY_AFTER_MS = 5 * 60_000;

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3): seconds, or an HTTP date. A date is measured against the response's
 * own `Date` where there is one, so that a clock that is off does no harm.
 * @param now milliseconds since the epoch
 * @returns milliseconds to wait, 0 to `MAX_RETRY_AFTER_MS`; `undefined` where it is absent or unreadable
 */
export function retryAfterMs(
  header: string | undefined,
  date: string | undefined,
  now: number,
): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1000);
  // Date.parse would also take "5 minutes" or "-3" for a year or a month: an HTTP date begins with a day.
  const until = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const from = Date.parse(date ?? '');
  return bounded(until - (Number.isNaN(from) ? now : from));
}

function bounded(ms: number): number {
  return Math.min(MAX_RETRY_AFTER_MS, Math.max(0, Math.ceil(ms)));
}
