import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { declaredSize, type ReceivedBody, receiveBody } from './body.ts';
import type { StoredChecksum } from './bucket.ts';
import { type ChecksumAlgorithm, checksumHeader } from './checksum.ts';
import { type Claims, readClaims } from './claimed-checksum.ts';
import { checkWriteConditions } from './conditions.ts';
import { type Exchange, keyOf, type Operation } from './exchange.ts';
import type { ObjectHeaders } from './object-attributes.ts';
import { readObjectHeaders } from './object-headers.ts';
import { invalidRequest, S3Error } from './s3-error.ts';
import { DiscardingSink, FileSink } from './sink.ts';

/** A discarding store keeps objects up to this size: leases and manifests are read again by whoever wrote them. */
const KEPT_ALL_THE_SAME = 64 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject: Operation = async (exchange) => {
  const { store } = exchange;
  const bucket = store.bucket(exchange.record.bucket);
  const key = keyOf(exchange);
  const about = readObjectHeaders(exchange);
  const claims = readClaims(exchange);
  if (about.lock !== undefined) demandChecksum(claims, 'Put Object');
  const size = declaredSize(exchange);
  using _space = demandSpace(exchange, size);

  const path = store.discard && size > KEPT_ALL_THE_SAME ? undefined : store.incomingPath();
  const sink = path === undefined ? new DiscardingSink() : await FileSink.open(path, 0);
  try {
    const algorithm = checksumToKeep(exchange, claims);
    const body = await receiveBody(
      exchange,
      sink,
      claims,
      algorithm === undefined ? [] : [algorithm],
      exchange.quirks.etags !== 'opaque',
    );
    const checksum = keptChecksum(algorithm, body);
    const object = await bucket.exclusive(key, async () => {
      checkWriteConditions(exchange, bucket.current(key));
      const stored = {
        ...about,
        key,
        size: body.size,
        etag: etagOf(exchange, about, body.md5),
        lastModified: exchange.now,
        versionId: store.newVersionId(),
        checksum,
        partSizes: [body.size],
      };
      return await store.publish(bucket, stored, path);
    });
    return {
      status: 200,
      headers: {
        etag: `"${object.etag}"`,
        ...writeHeaders(object.versionId, about),
        ...(checksum === undefined
          ? {}
          : { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }),
      },
    };
  } finally {
    await sink.release();
    if (path !== undefined) await rm(path, { force: true });
  }
};

/** The algorithm of the checksum that is kept with an object or part. */
export function checksumToKeep(exchange: Exchange, claims: Claims): ChecksumAlgorithm | undefined {
  if (exchange.quirks.checksums !== 'kept') return undefined;
  return claims.algorithm ?? (exchange.quirks.defaultChecksum ? 'CRC64NVME' : undefined);
}

/** An ETag: the MD5, except where AWS does not promise that (SSE-KMS). */
export function etagOf(exchange: Exchange, about: ObjectHeaders, md5: Buffer | undefined): string {
  const encryption = about.headers['x-amz-server-side-encryption'] ?? '';
  const opaque = exchange.quirks.etags === 'opaque' || encryption.startsWith('aws:kms');
  if (opaque || md5 === undefined) return randomBytes(16).toString('hex');
  const etag = md5.toString('hex');
  return exchange.quirks.etags === 'capitals' ? etag.toUpperCase() : etag;
}

/** Headers that every response to a write carries. */
export function writeHeaders(versionId: string | undefined, about: ObjectHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  if (versionId !== undefined) headers['x-amz-version-id'] = versionId;
  for (const [name, value] of Object.entries(about.headers)) {
    if (name.startsWith('x-amz-server-side-encryption')) headers[name] = value;
  }
  return headers;
}

/** @throws S3Error `InvalidRequest`: what is to be locked must be checked on arrival */
export function demandChecksum(claims: Claims, operation: 'Put Object' | 'Put Part'): void {
  if (claims.algorithm === undefined && claims.md5 === undefined) {
    throw invalidRequest(
      `Content-MD5 OR x-amz-checksum- HTTP header is required for ${operation} requests with Object Lock parameters`,
    );
  }
}

/** Room for a body, held until it is disposed of. @throws S3Error `QuotaExceeded` */
export function demandSpace(exchange: Exchange, bytes: number): Disposable {
  const { quirks, store } = exchange;
  // Counting costs time, which only a store with a limit need spend.
  if (quirks.quota !== Number.POSITIVE_INFINITY && store.bytesUsed() + bytes > quirks.quota) {
    throw new S3Error('QuotaExceeded');
  }
  return store.expectBytes(bytes);
}

function keptChecksum(
  algorithm: ChecksumAlgorithm | undefined,
  body: ReceivedBody,
): StoredChecksum | undefined {
  const value = algorithm === undefined ? undefined : body.checksums.get(algorithm);
  return algorithm === undefined || value === undefined
    ? undefined
    : { algorithm, type: 'FULL_OBJECT', value };
}
