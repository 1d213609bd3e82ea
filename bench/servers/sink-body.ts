import type { IncomingMessage } from 'node:http';

/** What came as a request's body. */
export interface SinkBody {
  /** Bytes of the payload: without the framing of `aws-chunked`. */
  readonly size: number;
  /** Bytes on the wire. */
  readonly received: number;
  /** The whole of a small body; `undefined` where it was thrown away as it came. */
  readonly bytes: Buffer | undefined;
  /** Checksums that the client claims, in headers or in the trailer. Nobody has checked them. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Documents are kept, archives are not. */
const KEPT = 256 * 1024;
/** A trailer of `aws-chunked` with a checksum and a signature fits in. */
const TAIL = 512;

/**
 * Reads a body to its end and keeps of it what is small. Chunks are counted, never copied or looked at; only
 * the last two are held, for the trailer.
 * @throws Error when the client goes away
 */
export async function takeBody(request: IncomingMessage): Promise<SinkBody> {
  const { headers } = request;
  const decoded = headers['x-amz-decoded-content-length'];
  const kept: Buffer[] = [];
  let received = 0;
  let last: Buffer | undefined;
  let beforeLast: Buffer | undefined;
  request.on('data', (chunk: Buffer) => {
    received += chunk.length;
    beforeLast = last;
    last = chunk;
    if (received <= KEPT) kept.push(chunk);
  });
  await new Promise<void>((resolve, reject) => {
    request.once('end', resolve);
    request.once('error', reject);
  });
  const isWhole = received <= KEPT && decoded === undefined;
  const ends = [beforeLast, last].filter((chunk) => chunk !== undefined);
  const tail = decoded === undefined ? '' : Buffer.concat(ends).subarray(-TAIL).toString('latin1');
  if (decoded !== undefined && received < Number(decoded)) throw new Error('a body shorter than declared');
  return {
    size: decoded === undefined ? received : Number(decoded),
    received,
    bytes: isWhole ? Buffer.concat(kept) : undefined,
    checksums: { ...claimedChecksums(headers), ...trailingChecksums(tail) },
  };
}

/** The `x-amz-checksum-*` headers that carry a value. */
export function claimedChecksums(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => /^x-amz-checksum-(?!algorithm|mode)/.test(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

function trailingChecksums(tail: string): Record<string, string> {
  const found = tail.matchAll(/\r\n(x-amz-checksum-[a-z0-9]+):([A-Za-z0-9+/=]+)/g);
  return Object.fromEntries([...found].map(([, name = '', value = '']) => [name, value]));
}
