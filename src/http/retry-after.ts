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
