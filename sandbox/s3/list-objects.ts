import type { Bucket, StoredObject } from './bucket.ts';
import { compareKeys } from './bucket.ts';
import { countFromQuery, type Exchange, type Operation } from './exchange.ts';
import { invalidArgument } from './s3-error.ts';
import { uriEncode } from './signature.ts';
import { s3Document, type XmlChild } from './xml.ts';

/** An entry of a page: an object, or everything that shares a prefix up to the delimiter. */
type Entry =
  | { readonly kind: 'object'; readonly object: StoredObject }
  | { readonly kind: 'prefix'; readonly prefix: string };

interface Page {
  readonly entries: readonly Entry[];
  readonly isTruncated: boolean;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
export const listObjectsV2: Operation = (exchange) => {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  const { query } = exchange;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const startAfter = query.get('start-after') ?? '';
  const token = query.get('continuation-token');
  const maxKeys = countFromQuery(exchange, 'max-keys', 1000, exchange.quirks.maxKeys);
  const encode = encoderOf(exchange);

  const after = token === undefined ? startAfter : readToken(token);
  const page = shorten(exchange, readPage(bucket, prefix, delimiter, after, maxKeys));
  const last = page.entries.at(-1);
  const next = page.isTruncated && last !== undefined ? writeToken(last) : undefined;

  const objects = page.entries.filter((entry) => entry.kind === 'object');
  const prefixes = page.entries.filter((entry) => entry.kind === 'prefix');
  const xml = s3Document('ListBucketResult', [
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['StartAfter', startAfter === '' ? undefined : encode(startAfter)],
    ['ContinuationToken', token],
    ['NextContinuationToken', next],
    ['KeyCount', page.entries.length],
    ['MaxKeys', maxKeys],
    ['EncodingType', query.get('encoding-type')],
    ['IsTruncated', page.isTruncated],
    ...objects.map(({ object }): XmlChild => ['Contents', objectElement(object, encode)]),
    ...prefixes.map((entry): XmlChild => ['CommonPrefixes', [['Prefix', encode(entry.prefix)]]]),
  ]);
  return Promise.resolve({ status: 200, xml });
};

/** How texts stand in a listing: plainly, or percent-encoded with `encoding-type=url`. */
export function encoderOf(exchange: Exchange): (text: string) => string {
  const type = exchange.query.get('encoding-type');
  if (type === undefined) return (text) => text;
  if (type !== 'url')
    throw invalidArgument('encoding-type', type, 'Invalid Encoding Method specified in Request');
  return (text) => uriEncode(text).replaceAll('%2F', '/');
}

function objectElement(object: StoredObject, encode: (text: string) => string): XmlChild[] {
  return [
    ['Key', encode(object.key)],
    ['LastModified', object.lastModified.toISOString()],
    ['ETag', `"${object.etag}"`],
    ['ChecksumAlgorithm', object.checksum?.algorithm],
    ['ChecksumType', object.checksum?.type],
    ['Size', object.size],
    ['StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD'],
  ];
}

/** @param after nothing up to and including this key or common prefix */
function readPage(bucket: Bucket, prefix: string, delimiter: string, after: string, maxKeys: number): Page {
  const keys = bucket.sortedKeys();
  const entries: Entry[] = [];
  let passed = after;
  let index = firstNotBelow(keys, prefix > after ? prefix : after);
  for (; index < keys.length; index += 1) {
    const key = keys[index] ?? '';
    if (!key.startsWith(prefix)) break;
    const common = commonPrefix(key, prefix, delimiter);
    const name = common ?? key;
    // A page that ended with a common prefix goes on behind all that it stands for.
    if (name === passed || compareKeys(key, after) <= 0) continue;
    if (entries.length === maxKeys) return { entries, isTruncated: maxKeys > 0 };
    passed = name;
    const object = bucket.current(key);
    if (common !== undefined) entries.push({ kind: 'prefix', prefix: common });
    else if (object !== undefined) entries.push({ kind: 'object', object });
  }
  return { entries, isTruncated: false };
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

/** Index of the first key that is not below `bound`, by halving. */
function firstNotBelow(keys: readonly string[], bound: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? '', bound) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The page as scripted: cut, and claiming to be the end. */
function shorten(exchange: Exchange, page: Page): Page {
  if (exchange.fault?.kind !== 'short-listing') return page;
  return { entries: page.entries.slice(0, exchange.fault.entries), isTruncated: false };
}

function writeToken(last: Entry): string {
  return Buffer.from(`after:${last.kind === 'object' ? last.object.key : last.prefix}`).toString('base64');
}

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString('utf8');
  if (!text.startsWith('after:')) {
    throw invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
  }
  return text.slice('after:'.length);
}
