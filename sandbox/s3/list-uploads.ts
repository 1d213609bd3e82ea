import { compareKeys } from './bucket.ts';
import { checksumElement } from './checksum.ts';
import { countFromQuery, type Exchange, type Operation } from './exchange.ts';
import { encoderOf } from './list-objects.ts';
import { type MultipartUpload, partsInOrder, type UploadedPart } from './multipart-upload.ts';
import { S3Error } from './s3-error.ts';
import { findUpload } from './upload-part.ts';
import { s3Document, type XmlChild } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const listParts: Operation = (exchange) => {
  const upload = findUpload(exchange);
  const maxParts = countFromQuery(exchange, 'max-parts', 1000, Math.min(1000, exchange.quirks.maxKeys));
  const marker = countFromQuery(exchange, 'part-number-marker', 0, Number.MAX_SAFE_INTEGER);
  const following = partsInOrder(upload).filter((part) => part.partNumber > marker);
  const { entries, isTruncated } = pageOf(exchange, following, maxParts);
  const last = entries.at(-1);
  const xml = s3Document('ListPartsResult', [
    ['Bucket', exchange.record.bucket],
    ['Key', upload.key],
    ['UploadId', upload.uploadId],
    ['PartNumberMarker', marker],
    ['NextPartNumberMarker', isTruncated ? last?.partNumber : undefined],
    ['MaxParts', maxParts],
    ['IsTruncated', isTruncated],
    ['ChecksumAlgorithm', upload.algorithm],
    ['ChecksumType', exchange.quirks.checksumTypes === 'unread' ? undefined : upload.type],
    ...entries.map((part): XmlChild => ['Part', partElement(part)]),
    ['Initiator', OWNER],
    ['Owner', OWNER],
    ['StorageClass', upload.about.headers['x-amz-storage-class'] ?? 'STANDARD'],
  ]);
  return Promise.resolve({ status: 200, xml });
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const listMultipartUploads: Operation = (exchange) => {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  const { query } = exchange;
  if ((query.get('delimiter') ?? '') !== '') throw new S3Error('NotImplemented');
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const maxUploads = countFromQuery(exchange, 'max-uploads', 1000, exchange.quirks.maxKeys);
  const encode = encoderOf(exchange);

  const sorted = [...bucket.uploads.values()]
    .filter((upload) => isListed(exchange, upload.key, prefix))
    .sort((a, b) => compareKeys(a.key, b.key) || a.ordinal - b.ordinal);
  // Without an upload id the marker means every upload of that key.
  const marked = sorted.find((upload) => upload.key === keyMarker && upload.uploadId === idMarker);
  const following = sorted.filter((upload) => {
    const order = compareKeys(upload.key, keyMarker);
    if (order !== 0) return order > 0;
    return marked !== undefined && upload.ordinal > marked.ordinal;
  });
  const { entries, isTruncated } = pageOf(exchange, following, maxUploads);
  const last = entries.at(-1);
  const xml = s3Document('ListMultipartUploadsResult', [
    ['Bucket', bucket.name],
    ['KeyMarker', encode(keyMarker)],
    ['UploadIdMarker', idMarker],
    ['NextKeyMarker', isTruncated && last !== undefined ? encode(last.key) : undefined],
    ['NextUploadIdMarker', isTruncated ? last?.uploadId : undefined],
    ['Prefix', encode(prefix)],
    ['EncodingType', query.get('encoding-type')],
    ['MaxUploads', maxUploads],
    ['IsTruncated', isTruncated],
    ...entries.map((upload): XmlChild => ['Upload', uploadElement(upload, encode)]),
  ]);
  return Promise.resolve({ status: 200, xml });
};

function isListed({ quirks }: Exchange, key: string, prefix: string): boolean {
  switch (quirks.uploadListing) {
    case 'prefix':
      return key.startsWith(prefix);
    case 'exact key or all':
      return prefix === '' || key === prefix;
    case 'exact key':
      return key === prefix;
    case 'none':
      return false;
  }
}

const OWNER: readonly XmlChild[] = [
  ['ID', 'sandbox'],
  ['DisplayName', 'sandbox'],
];

function partElement(part: UploadedPart): XmlChild[] {
  const checksum = part.kept === undefined ? undefined : part.checksums.get(part.kept);
  return [
    ['PartNumber', part.partNumber],
    ['LastModified', part.lastModified.toISOString()],
    ['ETag', `"${part.etag}"`],
    ['Size', part.size],
    ...(part.kept === undefined ? [] : [[checksumElement(part.kept), checksum] as const]),
  ];
}

function uploadElement(upload: MultipartUpload, encode: (text: string) => string): XmlChild[] {
  return [
    ['Key', encode(upload.key)],
    ['UploadId', upload.uploadId],
    ['Initiator', OWNER],
    ['Owner', OWNER],
    ['StorageClass', upload.about.headers['x-amz-storage-class'] ?? 'STANDARD'],
    ['Initiated', upload.initiated.toISOString()],
    ['ChecksumAlgorithm', upload.algorithm],
    ['ChecksumType', upload.type],
  ];
}

/** The first entries, or fewer and claiming to be all, if that was scripted. */
function pageOf<T>(
  exchange: Exchange,
  following: readonly T[],
  most: number,
): { entries: readonly T[]; isTruncated: boolean } {
  if (exchange.fault?.kind === 'short-listing') {
    return { entries: following.slice(0, exchange.fault.entries), isTruncated: false };
  }
  return { entries: following.slice(0, most), isTruncated: most > 0 && following.length > most };
}
