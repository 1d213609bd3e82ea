import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { declaredSize, receiveBody } from './body.ts';
import {
  allowsType,
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumHeader,
  defaultType,
  parseAlgorithm,
} from './checksum.ts';
import { type Claims, demandKnown, readClaims, refuseChecksums } from './claimed-checksum.ts';
import { type Exchange, headerOf, keyOf, type Operation } from './exchange.ts';
import type { MultipartUpload, UploadedPart } from './multipart-upload.ts';
import { readObjectHeaders } from './object-headers.ts';
import { PartFile } from './part-file.ts';
import { checksumToKeep, demandChecksum, demandSpace, etagOf, writeHeaders } from './put-object.ts';
import { invalidArgument, invalidRequest, S3Error } from './s3-error.ts';
import { DiscardingSink, FileSink } from './sink.ts';
import { s3Document } from './xml.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createMultipartUpload: Operation = async (exchange) => {
  const { store } = exchange;
  const bucket = store.bucket(exchange.record.bucket);
  const key = keyOf(exchange);
  const about = readObjectHeaders(exchange);
  const { algorithm, type } = readChecksumWish(exchange);
  const folder = store.incomingPath();
  if (!store.discard) await mkdir(folder, { recursive: true });
  const upload: MultipartUpload = {
    key,
    uploadId: randomBytes(24).toString('base64url'),
    initiated: exchange.now,
    ordinal: store.nextOrdinal(),
    about,
    algorithm,
    type,
    file: new PartFile(folder),
    folder,
    parts: new Map(),
  };
  bucket.uploads.set(upload.uploadId, upload);
  return {
    status: 200,
    headers: {
      ...writeHeaders(undefined, about),
      ...(algorithm === undefined || type === undefined || exchange.quirks.checksumTypes === 'unread'
        ? {}
        : { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': type }),
    },
    xml: s3Document('InitiateMultipartUploadResult', [
      ['Bucket', bucket.name],
      ['Key', key],
      ['UploadId', upload.uploadId],
    ]),
  };
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart: Operation = async (exchange) => {
  const upload = findUpload(exchange);
  const partNumber = exchange.record.partNumber ?? 0;
  if (partNumber < 1 || partNumber > exchange.quirks.maxParts) {
    throw invalidArgument(
      'partNumber',
      exchange.query.get('partNumber') ?? '',
      `Part number must be an integer between 1 and ${exchange.quirks.maxParts}, inclusive`,
    );
  }
  const claims = readClaims(exchange);
  demandMatchingChecksum(upload, claims);
  if (upload.about.lock !== undefined) demandChecksum(claims, 'Put Part');
  const size = declaredSize(exchange);
  using _space = demandSpace(exchange, size);

  const part = await receivePart(exchange, upload, partNumber, size, claims);
  // A checksum that Create did not announce is verified and echoed, but not kept.
  const shown = part.kept ?? claims.algorithm;
  const value = shown === undefined ? undefined : part.checksums.get(shown);
  return {
    status: 200,
    headers: {
      etag: `"${part.etag}"`,
      ...writeHeaders(undefined, upload.about),
      ...(shown === undefined || value === undefined ? {} : { [checksumHeader(shown)]: value }),
    },
  };
};

async function receivePart(
  exchange: Exchange,
  upload: MultipartUpload,
  partNumber: number,
  size: number,
  claims: Claims,
): Promise<UploadedPart> {
  const place = upload.file.reserve(partNumber, size);
  const sink = exchange.store.discard
    ? new DiscardingSink()
    : await FileSink.open(place.path, place.position).catch((error: unknown) => {
        upload.file.failed(place, partNumber);
        // The folder goes when the upload is aborted.
        findUpload(exchange);
        throw error;
      });
  try {
    const body = await receiveBody(
      exchange,
      sink,
      claims,
      algorithmsToCompute(exchange, upload, claims),
      exchange.quirks.etags !== 'opaque',
    );
    // It may have been completed or aborted while the part came in.
    findUpload(exchange);
    const part: UploadedPart = {
      partNumber,
      size: body.size,
      etag: etagOf(exchange, upload.about, body.md5),
      md5: body.md5,
      lastModified: exchange.now,
      checksums: body.checksums,
      kept: upload.algorithm,
      place,
    };
    upload.file.written(place);
    const before = upload.parts.get(partNumber);
    upload.parts.set(partNumber, part);
    if (before !== undefined && !before.place.inPlace) await rm(before.place.path, { force: true });
    return part;
  } catch (error) {
    await sink.release();
    upload.file.failed(place, partNumber);
    if (!place.inPlace) await rm(place.path, { force: true });
    throw error;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload: Operation = async (exchange) => {
  const upload = findUpload(exchange);
  await discardUpload(exchange, upload);
  return { status: 204 };
};

/** Forgets an upload, and removes what it left on disk. */
export async function discardUpload(exchange: Exchange, upload: MultipartUpload): Promise<void> {
  exchange.store.bucket(exchange.record.bucket).uploads.delete(upload.uploadId);
  await rm(upload.folder, { recursive: true, force: true });
}

/** @throws S3Error `NoSuchUpload` */
export function findUpload(exchange: Exchange): MultipartUpload {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  const uploadId = exchange.record.uploadId ?? '';
  const upload = bucket.uploads.get(uploadId);
  if (upload === undefined || upload.key !== keyOf(exchange)) {
    throw new S3Error('NoSuchUpload', { fields: { UploadId: uploadId } });
  }
  return upload;
}

interface ChecksumWish {
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly type: ChecksumType | undefined;
}

function readChecksumWish(exchange: Exchange): ChecksumWish {
  if (exchange.quirks.checksums === 'refused') refuseChecksums(exchange);
  if (exchange.quirks.checksums !== 'kept') return { algorithm: undefined, type: undefined };
  const named = headerOf(exchange, 'x-amz-checksum-algorithm');
  const type = headerOf(exchange, 'x-amz-checksum-type')?.toUpperCase();
  if (named === undefined) {
    if (type === undefined) return { algorithm: undefined, type: undefined };
    throw invalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = parseAlgorithm(named);
  if (algorithm === undefined) {
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  demandKnown(exchange, algorithm);
  const { checksumTypes } = exchange.quirks;
  if (type === undefined || checksumTypes === 'unread') return { algorithm, type: defaultType(algorithm) };
  if (type !== 'FULL_OBJECT' && type !== 'COMPOSITE') {
    throw invalidRequest('Value for x-amz-checksum-type header is invalid.');
  }
  const isKnown = checksumTypes === 'kept' || type === defaultType(algorithm);
  if (!isKnown || !allowsType(algorithm, type)) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type };
}

/** @throws S3Error `InvalidRequest`: the part's checksum must be of the kind that Create named */
function demandMatchingChecksum(upload: MultipartUpload, claims: Claims): void {
  if (upload.algorithm === undefined || claims.algorithm === upload.algorithm) return;
  // S3 computes the part's checksum itself where the whole's is made of them.
  if (claims.algorithm === undefined && upload.type === 'FULL_OBJECT') return;
  const actual = claims.algorithm?.toLowerCase() ?? 'null';
  throw invalidRequest(
    `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${actual}`,
  );
}

function algorithmsToCompute(
  exchange: Exchange,
  upload: MultipartUpload,
  claims: Claims,
): readonly ChecksumAlgorithm[] {
  if (exchange.quirks.checksums !== 'kept') return [];
  if (upload.algorithm !== undefined) return [upload.algorithm];
  // The finished object gets a CRC64NVME, whatever the parts were checked with.
  const algorithm = exchange.quirks.defaultChecksum ? 'CRC64NVME' : checksumToKeep(exchange, claims);
  return algorithm === undefined ? [] : [algorithm];
}
