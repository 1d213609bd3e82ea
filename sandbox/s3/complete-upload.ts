import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { receiveDocument } from './body.ts';
import type { StoredChecksum, StoredObject } from './bucket.ts';
import {
  ALGORITHMS,
  type ChecksumAlgorithm,
  checksumElement,
  checksumHeader,
  compositeChecksum,
  fullObjectChecksum,
} from './checksum.ts';
import { refuseChecksums, refuseHeader } from './claimed-checksum.ts';
import { checkWriteConditions } from './conditions.ts';
import { type Exchange, headerOf, type Operation } from './exchange.ts';
import type { MultipartUpload, UploadedPart } from './multipart-upload.ts';
import { writeHeaders } from './put-object.ts';
import { invalidArgument, invalidRequest, S3Error } from './s3-error.ts';
import { shownType, shownValue } from './shown-checksum.ts';
import { flipBit } from './store.ts';
import { discardUpload, findUpload } from './upload-part.ts';
import { childText, parseXml, s3Document, type XmlElement } from './xml.ts';

/** A part as the client lists it. */
interface ListedPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeMultipartUpload: Operation = async (exchange) => {
  const bucket = exchange.store.bucket(exchange.record.bucket);
  findUpload(exchange);
  if (exchange.quirks.completeClaims === 'refused') refuseHeader(exchange, 'x-amz-mp-object-size');
  if (exchange.quirks.checksums === 'refused') refuseChecksums(exchange);
  // The headers here speak of the object, not of the document.
  const document = await receiveDocument(exchange, {
    algorithm: undefined,
    value: undefined,
    md5: undefined,
  });
  const listed = parseXml(document, 'CompleteMultipartUpload').children.map(readPart);
  if (listed.length === 0) throw new S3Error('MalformedXML');

  const object = await bucket.exclusive(exchange.record.key ?? '', async () => {
    const upload = findUpload(exchange);
    checkWriteConditions(exchange, bucket.current(upload.key));
    checkOrder(upload, listed);
    const parts = matchParts(exchange, upload, listed);
    const checksum = finishedChecksum(exchange, upload, parts);
    checkClaims(exchange, upload, parts, checksum);
    return await publish(exchange, upload, parts, checksum);
  });
  return {
    status: 200,
    headers: writeHeaders(object.versionId, object),
    xml: s3Document('CompleteMultipartUploadResult', [
      ['Location', `${exchange.endpoint}/${bucket.name}/${object.key}`],
      ['Bucket', bucket.name],
      ['Key', object.key],
      ['ETag', `"${object.etag}"`],
      ...(object.checksum === undefined
        ? []
        : [
            [checksumElement(object.checksum.algorithm), shownValue(exchange, object.checksum)] as const,
            ['ChecksumType', shownType(exchange, object.checksum)] as const,
          ]),
    ]),
  };
};

function readPart(element: XmlElement): ListedPart {
  const partNumber = childText(element, 'PartNumber');
  const etag = childText(element, 'ETag');
  if (element.name !== 'Part' || etag === undefined || !/^\d{1,6}$/.test(partNumber ?? '')) {
    throw new S3Error('MalformedXML');
  }
  const checksums = new Map<ChecksumAlgorithm, string>();
  for (const algorithm of ALGORITHMS) {
    const value = childText(element, checksumElement(algorithm));
    if (value !== undefined) checksums.set(algorithm, value);
  }
  return { partNumber: Number(partNumber), etag: etag.replace(/^"|"$/g, ''), checksums };
}

/** @throws S3Error `InvalidPartOrder`, `InvalidArgument` */
function checkOrder(upload: MultipartUpload, listed: readonly ListedPart[]): void {
  let before = 0;
  for (const { partNumber } of listed) {
    if (partNumber < 1) {
      throw invalidArgument('PartNumber', String(partNumber), 'PartNumber must be >= 1');
    }
    if (partNumber <= before) {
      throw new S3Error('InvalidPartOrder', { fields: { UploadId: upload.uploadId } });
    }
    before = partNumber;
  }
}

/** @throws S3Error `InvalidPart`, `EntityTooSmall`, `InvalidRequest` */
function matchParts(
  exchange: Exchange,
  upload: MultipartUpload,
  listed: readonly ListedPart[],
): UploadedPart[] {
  return listed.map((entry, index) => {
    const { partNumber } = entry;
    const part = upload.parts.get(partNumber);
    if (part === undefined || part.etag !== entry.etag) throw invalidPart(upload, entry);
    if (index < listed.length - 1 && part.size < exchange.quirks.minPartSize) {
      throw new S3Error('EntityTooSmall', {
        fields: {
          ProposedSize: part.size,
          MinSizeAllowed: exchange.quirks.minPartSize,
          PartNumber: partNumber,
          ETag: part.etag,
        },
      });
    }
    if (exchange.quirks.checksums === 'kept') checkPartChecksum(upload, part, entry);
    return part;
  });
}

function checkPartChecksum(upload: MultipartUpload, part: UploadedPart, entry: ListedPart): void {
  if (entry.checksums.size > 1) throw invalidPart(upload, entry);
  if (upload.algorithm !== undefined && upload.type === 'COMPOSITE' && entry.checksums.size === 0) {
    throw invalidRequest(
      `The upload was created using a ${upload.algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.partNumber} in the request.`,
    );
  }
  for (const [algorithm, value] of entry.checksums) {
    if (part.kept === undefined) throw invalidPart(upload, entry);
    if (algorithm !== part.kept) {
      throw new S3Error('BadDigest', {
        message: `The ${algorithm.toLowerCase()} you specified for part ${part.partNumber} did not match what we received.`,
      });
    }
    if (part.checksums.get(algorithm) !== value) throw invalidPart(upload, entry);
  }
}

/** The checksum that the finished object has. */
function finishedChecksum(
  exchange: Exchange,
  upload: MultipartUpload,
  parts: readonly UploadedPart[],
): StoredChecksum | undefined {
  if (exchange.quirks.checksums !== 'kept') return undefined;
  const algorithm = upload.algorithm ?? 'CRC64NVME';
  const type = upload.type ?? 'FULL_OBJECT';
  const own = parts.map((part) => ({ size: part.size, checksum: part.checksums.get(algorithm) ?? '' }));
  // Only where the store adds none of its own, or did not while some of the parts came in.
  if (own.some((part) => part.checksum === '')) return undefined;
  const value = type === 'COMPOSITE' ? compositeChecksum(algorithm, own) : fullObjectChecksum(algorithm, own);
  return { algorithm, type, value };
}

/** What the headers of the request say of the whole object. @throws S3Error `BadDigest`, `InvalidRequest` */
function checkClaims(
  exchange: Exchange,
  upload: MultipartUpload,
  parts: readonly UploadedPart[],
  checksum: StoredChecksum | undefined,
): void {
  const size = headerOf(exchange, 'x-amz-mp-object-size');
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  if (size !== undefined && size !== String(total)) {
    throw invalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${size} does not match what was computed: ${total}`,
    );
  }
  if (exchange.quirks.checksums !== 'kept') return;
  const type =
    exchange.quirks.checksumTypes === 'unread' ? undefined : headerOf(exchange, 'x-amz-checksum-type');
  if (type !== undefined && type !== (upload.type ?? 'null')) {
    throw invalidRequest(
      `The upload was created using the ${upload.type ?? 'null'} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  if (checksum === undefined) return;
  const claimed = headerOf(exchange, checksumHeader(checksum.algorithm));
  if (claimed === undefined) return;
  const whole = checksum.value;
  if (claimed !== whole && claimed !== whole.replace(/-\d+$/, '')) {
    throw new S3Error('BadDigest', {
      message: `The ${checksum.algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
    });
  }
}

async function publish(
  exchange: Exchange,
  upload: MultipartUpload,
  parts: readonly UploadedPart[],
  checksum: StoredChecksum | undefined,
): Promise<StoredObject> {
  const { store } = exchange;
  const path = store.discard ? undefined : await upload.file.assemble(parts);
  if (path !== undefined && exchange.fault?.kind === 'corrupt') {
    await flipBit(path, exchange.fault.atByte ?? 0);
  }
  const object = await store.publish(
    store.bucket(exchange.record.bucket),
    {
      ...upload.about,
      key: upload.key,
      size: parts.reduce((sum, part) => sum + part.size, 0),
      etag: await finishedEtag(exchange, parts, path),
      lastModified: exchange.now,
      versionId: store.newVersionId(),
      checksum,
      partSizes: parts.map((part) => part.size),
    },
    path,
  );
  await discardUpload(exchange, upload);
  return object;
}

async function finishedEtag(
  { quirks }: Exchange,
  parts: readonly UploadedPart[],
  path: string | undefined,
): Promise<string> {
  if (quirks.etags === 'md5 of the whole' && path !== undefined) {
    const hash = createHash('md5');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  }
  const etag = multipartEtag(parts);
  return quirks.etags === 'capitals' ? etag.toUpperCase() : etag;
}

/** The MD5 of the parts' MD5s, then `-` and their number; something else where the parts have none. */
function multipartEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash('md5');
  let known = true;
  for (const { md5, etag } of parts) {
    if (md5 === undefined || md5.toString('hex') !== etag.toLowerCase()) known = false;
    else hash.update(md5);
  }
  return `${known ? hash.digest('hex') : randomBytes(16).toString('hex')}-${parts.length}`;
}

function invalidPart(upload: MultipartUpload, entry: ListedPart): S3Error {
  return new S3Error('InvalidPart', {
    fields: { UploadId: upload.uploadId, PartNumber: entry.partNumber, ETag: entry.etag },
  });
}
