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
