/**
 * Where a body ends (RFC 9112 §6.3): after so many bytes, with its last chunk, or with its connection, which nothing
 * can tell from a cut.
 */
export type Framing = number | 'chunked' | 'close';

/** The status line and the header fields of an HTTP/1.1 response. */
export interface ResponseHead {
  readonly status: number;
  /** By lower-case name. Of a field that may come once, the first; others joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly framing: Framing;
  /** Whether the connection may serve another request afterwards. */
  readonly keepsAlive: boolean;
}

const END = '\r\n\r\n';
const STATUS_LINE = /^HTTP\/1\.1 ([2-5]\d\d)(?: [^\r\n\0]*)?$/;
/** RFC 9110 §5.5: no control character but the tab. */
const FIELD_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const LENGTH = /^\d{1,15}$/;
/** A second one contradicts the first: no framing, and no range, is believed then. */
const DECISIVE: ReadonlySet<string> = new Set(['content-length', 'content-range']);
/** Of these Node keeps the first too (https://nodejs.org/api/http.html#messageheaders). */
const SINGLE: ReadonlySet<string> = new Set([
  ...['age', 'content-type', 'etag', 'expires', 'last-modified', 'location', 'retry-after', 'server'],
  ...['authorization', 'from', 'host', 'if-modified-since', 'if-unmodified-since', 'max-forwards'],
  ...['proxy-authorization', 'referer', 'user-agent'],
]);

/** Where the body begins in `bytes`, or -1 while the head is not complete. */
export function endOfHead(bytes: Buffer): number {
  const end = bytes.indexOf(END, 0, 'latin1');
  return end < 0 ? -1 : end + END.length;
}

/**
 * Reads a head to its empty line, and only the plain ones (RFC 9112): HTTP/1.1, a final status, no folded lines, and a
 * framing without doubt.
 * @param text the head as latin1, its empty line included
 * @returns `undefined` for every other: a whole HTTP client has to read that response
 */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const [statusLine = '', ...lines] = text.slice(0, -END.length).split('\r\n');
  const status = STATUS_LINE.exec(statusLine)?.[1];
  if (status === undefined) return undefined;
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const [, name, value] = FIELD_LINE.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    const key = name.toLowerCase();
    // Node takes a coding with blanks after it for another one.
    if (key === 'transfer-encoding' && /[ \t]$/.test(line)) return undefined;
    const before = headers[key];
    if (before === undefined) headers[key] = value;
    else if (DECISIVE.has(key)) return undefined;
    else if (!SINGLE.has(key)) headers[key] = `${before}, ${value}`;
  }
  const framing = framingOf(status, headers);
  if (framing === undefined) return undefined;
  const closes = /(?:^|,)\s*close\s*(?:,|$)/i.test(headers.connection ?? '');
  return { status: Number(status), headers, framing, keepsAlive: !closes && framing !== 'close' };
}

function framingOf(status: string, headers: Readonly<Record<string, string>>): Framing | undefined {
  const { 'content-length': length, 'transfer-encoding': coding } = headers;
  if (coding !== undefined && (length !== undefined || !/^chunked$/i.test(coding))) return undefined;
  if (length !== undefined && !LENGTH.test(length)) return undefined;
  if (status === '204' || status === '304') return 0;
  if (coding !== undefined) return 'chunked';
  return length === undefined ? 'close' : Number(length);
}

/** Whether a line is a header field, or a trailer field. */
export function isField(line: string): boolean {
  return FIELD_LINE.test(line);
}
