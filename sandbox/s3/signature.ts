import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './s3-error.ts';

/**
 * Header authentication with AWS Signature Version 4, checked as
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html describes it.
 */
const ALGORITHM = 'AWS4-HMAC-SHA256';
const FIFTEEN_MINUTES_MS = 15 * 60_000;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
}

/** An authenticated request: what the signatures of its chunks build on. */
export interface Authentication {
  readonly signature: string;
  readonly signingKey: Buffer;
  /** `<date>/<region>/s3/aws4_request` */
  readonly scope: string;
  /** `x-amz-date`: `20260102T030405Z`. */
  readonly time: string;
  /** `x-amz-content-sha256`. */
  readonly payload: string;
}

interface AuthorizationHeader {
  readonly accessKeyId: string;
  readonly date: string;
  readonly scope: string;
  readonly region: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/**
 * @param url the request target as received, still encoded
 * @param now in milliseconds since 1970: a signature is good for a quarter of an hour
 * @throws S3Error `AccessDenied`, `InvalidAccessKeyId`, `SignatureDoesNotMatch`, `RequestTimeTooSkewed`, …
 */
export function authenticate(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  credentials: Credentials,
  now: number,
): Authentication {
  const authorization = parseAuthorization(headers.authorization);
  const time = header(headers, 'x-amz-date') ?? '';
  const payload = header(headers, 'x-amz-content-sha256');
  if (payload === undefined) {
    throw new S3Error('InvalidRequest', {
      message: 'Missing required header for this request: x-amz-content-sha256',
    });
  }
  if (authorization.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', { fields: { AWSAccessKeyId: authorization.accessKeyId } });
  }
  checkScope(authorization, time, headers, credentials, now);

  const canonical = canonicalRequest(method, url, headers, authorization.signedHeaders, payload);
  const signingKey = ['s3', 'aws4_request'].reduce(
    (key, part) => hmac(key, part),
    hmac(hmac(`AWS4${credentials.secretAccessKey}`, authorization.date), authorization.region),
  );
  const toSign = [ALGORITHM, time, authorization.scope, sha256(canonical)].join('\n');
  const expected = hmac(signingKey, toSign).toString('hex');
  if (!sameText(expected, authorization.signature)) {
    throw new S3Error('SignatureDoesNotMatch', {
      fields: { AWSAccessKeyId: authorization.accessKeyId, CanonicalRequest: canonical },
    });
  }
  return { signature: expected, signingKey, scope: authorization.scope, time, payload };
}

function parseAuthorization(text: string | undefined): AuthorizationHeader {
  if (text === undefined) throw new S3Error('AccessDenied');
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]*)\/s3\/aws4_request, ?SignedHeaders=([a-z0-9;_-]+), ?Signature=([0-9a-f]{64})$/.exec(
      text,
    );
  const [, accessKeyId, date, region, signedHeaders, signature] = match ?? [];
  if (!accessKeyId || !date || region === undefined || !signedHeaders || !signature) {
    throw new S3Error('AuthorizationHeaderMalformed');
  }
  return {
    accessKeyId,
    date,
    region,
    scope: `${date}/${region}/s3/aws4_request`,
    signedHeaders: signedHeaders.split(';'),
    signature,
  };
}

function checkScope(
  authorization: AuthorizationHeader,
  time: string,
  headers: IncomingHttpHeaders,
  credentials: Credentials,
  now: number,
): void {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(time);
  if (match === null) {
    throw new S3Error('AccessDenied', {
      message: 'AWS authentication requires a valid Date or x-amz-date header',
    });
  }
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (!(Math.abs(at - now) <= FIFTEEN_MINUTES_MS)) throw new S3Error('RequestTimeTooSkewed');
  if (!time.startsWith(authorization.date) || authorization.region !== credentials.region) {
    throw new S3Error('AuthorizationHeaderMalformed', {
      message: `The authorization header is malformed; the region '${authorization.region}' is wrong; expecting '${credentials.region}'`,
      fields: { Region: credentials.region },
    });
  }
  const unsigned = Object.keys(headers).filter(
    (name) =>
      (name === 'host' || name.startsWith('x-amz-')) &&
      name !== 'x-amz-user-agent' &&
      !authorization.signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
      fields: { HeadersNotSigned: unsigned.join(', ') },
    });
  }
  if (
    credentials.sessionToken !== undefined &&
    header(headers, 'x-amz-security-token') !== credentials.sessionToken
  ) {
    throw new S3Error('InvalidToken');
  }
}

function canonicalRequest(
  method: string,
  url: string,
  headers: IncomingHttpHeaders,
  signedHeaders: readonly string[],
  payload: string,
): string {
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  const query = cut < 0 ? '' : url.slice(cut + 1);
  const canonicalPath = path
    .split('/')
    .map((segment) => uriEncode(uriDecode(segment)))
    .join('/');
  const canonicalQuery = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals < 0 ? pair : pair.slice(0, equals);
      const value = equals < 0 ? '' : pair.slice(equals + 1);
      return [uriEncode(uriDecode(name)), uriEncode(uriDecode(value))] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
  const canonicalHeaders = signedHeaders
    .map((name) => `${name}:${(header(headers, name) ?? '').trim().replace(/\s+/g, ' ')}\n`)
    .join('');
  return [method, canonicalPath, canonicalQuery, canonicalHeaders, signedHeaders.join(';'), payload].join(
    '\n',
  );
}

/** Percent-decoding of one component. @throws S3Error `InvalidURI` */
export function uriDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI');
  }
}

/** Percent-encoding of everything but the unreserved characters (RFC 3986 §2.3). */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** One header as one text. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

export function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
