/** One request to an S3 store, as the fault matrix names it: the operation, and what its key is. */
export function nameOfS3Call(method: string, url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://store');
  const key = pathname.split('/').slice(2).join('/');
  if (key === '') return bucketCall(method, searchParams);
  return `${objectCall(method, searchParams)} ${kindOf(key)}`;
}

function bucketCall(method: string, query: URLSearchParams): string {
  if (query.has('uploads')) return 'ListMultipartUploads';
  if (query.has('list-type')) return 'ListObjectsV2';
  return `${method} bucket`;
}

function objectCall(method: string, query: URLSearchParams): string {
  if (query.has('uploads')) return 'CreateMultipartUpload';
  if (query.has('attributes')) return 'GetObjectAttributes';
  if (!query.has('uploadId')) return OBJECT_CALLS[method] ?? method;
  return UPLOAD_CALLS[method] ?? method;
}

const OBJECT_CALLS: Readonly<Record<string, string>> = {
  GET: 'GetObject',
  HEAD: 'HeadObject',
  PUT: 'PutObject',
  DELETE: 'DeleteObject',
};

const UPLOAD_CALLS: Readonly<Record<string, string>> = {
  GET: 'ListParts',
  PUT: 'UploadPart',
  POST: 'CompleteMultipartUpload',
  DELETE: 'AbortMultipartUpload',
};

function kindOf(key: string): string {
  if (key.includes('.locks/')) return 'lease';
  if (key.endsWith('.manifest.json')) return 'manifest';
  if (/_[0-9a-f]{24}\.tar\.gz$/.test(key)) return 'archive';
  return key.endsWith('.json') ? 'record' : 'probe';
}
