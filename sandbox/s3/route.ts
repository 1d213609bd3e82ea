import type { S3Operation } from './options.ts';
import { S3Error } from './s3-error.ts';
import { uriDecode } from './signature.ts';

/** What a request asks for, from its method, path and query alone (path style). */
export interface Route {
  readonly operation: S3Operation;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
}

const MAX_KEY_BYTES = 1024;

type Table = Readonly<Record<string, (query: ReadonlyMap<string, string>) => S3Operation>>;

/** Sub-resources that this server does not have: asked for, they must not be taken for the plain request. */
const FOREIGN = [
  'acl',
  'analytics',
  'attributes',
  'cors',
  'encryption',
  'inventory',
  'legal-hold',
  'logging',
  'metrics',
  'notification',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'torrent',
  'website',
];

const SERVICE: Table = { GET: () => 'ListBuckets' };

const BUCKET: Table = {
  PUT: (query) =>
    hasAny(query, 'versioning', 'object-lock', 'lifecycle', 'tagging') ? 'Unknown' : 'CreateBucket',
  HEAD: () => 'HeadBucket',
  DELETE: (query) => (hasAny(query, 'lifecycle', 'tagging') ? 'Unknown' : 'DeleteBucket'),
  POST: (query) => (query.has('delete') ? 'DeleteObjects' : 'Unknown'),
  GET: (query) => {
    if (query.has('uploads')) return 'ListMultipartUploads';
    if (query.has('location')) return 'GetBucketLocation';
    if (query.has('versioning')) return 'GetBucketVersioning';
    if (query.has('object-lock')) return 'GetObjectLockConfiguration';
    if (query.has('lifecycle')) return 'GetBucketLifecycleConfiguration';
    if (query.has('versions')) return 'ListObjectVersions';
    return query.get('list-type') === '2' ? 'ListObjectsV2' : 'Unknown';
  },
};

const OBJECT: Table = {
  PUT: (query) => {
    if (query.has('partNumber') && query.has('uploadId')) return 'UploadPart';
    return hasAny(query, 'tagging', 'uploadId', 'partNumber') ? 'Unknown' : 'PutObject';
  },
  GET: (query) => {
    if (query.has('uploadId')) return 'ListParts';
    return query.has('tagging') ? 'GetObjectTagging' : 'GetObject';
  },
  HEAD: () => 'HeadObject',
  DELETE: (query) => {
    if (query.has('uploadId')) return 'AbortMultipartUpload';
    return query.has('tagging') ? 'Unknown' : 'DeleteObject';
  },
  POST: (query) => {
    if (query.has('uploads')) return 'CreateMultipartUpload';
    return query.has('uploadId') ? 'CompleteMultipartUpload' : 'Unknown';
  },
};

/** @throws S3Error `InvalidURI`, `KeyTooLongError` */
export function routeOf(method: string, url: string): Route {
  const cut = url.indexOf('?');
  const path = cut < 0 ? url : url.slice(0, cut);
  const query = parseQuery(cut < 0 ? '' : url.slice(cut + 1));
  const slash = path.indexOf('/', 1);
  const bucket = uriDecode(slash < 0 ? path.slice(1) : path.slice(1, slash)) || undefined;
  const key = (slash < 0 ? '' : uriDecode(path.slice(slash + 1))) || undefined;
  if (key !== undefined && Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', {
      fields: { Size: Buffer.byteLength(key), MaxSizeAllowed: MAX_KEY_BYTES },
    });
  }
  const table = bucket === undefined ? SERVICE : key === undefined ? BUCKET : OBJECT;
  const operation = hasAny(query, ...FOREIGN) ? 'Unknown' : (table[method]?.(query) ?? 'Unknown');
  return { operation, bucket, key, query };
}

function parseQuery(text: string): Map<string, string> {
  const query = new Map<string, string>();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    query.set(uriDecode(name), equals < 0 ? '' : uriDecode(pair.slice(equals + 1)));
  }
  return query;
}

function hasAny(query: ReadonlyMap<string, string>, ...names: readonly string[]): boolean {
  return names.some((name) => query.has(name));
}
