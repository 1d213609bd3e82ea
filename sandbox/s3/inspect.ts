import type { StoredObject } from './bucket.ts';
import { type MultipartUpload, partsInOrder } from './multipart-upload.ts';
import type { InspectedObject, InspectedUpload } from './options.ts';

/** A stored object as tests see it. */
export function inspectObject(bucket: string, object: StoredObject): InspectedObject {
  const { checksum } = object;
  return {
    bucket,
    key: object.key,
    size: object.size,
    etag: object.etag,
    lastModified: object.lastModified,
    path: object.blob.kind === 'file' ? object.blob.path : undefined,
    versionId: object.versionId,
    metadata: object.metadata,
    headers: object.headers,
    lock: object.lock,
    checksums: checksum === undefined ? {} : { [checksum.algorithm.toLowerCase()]: checksum.value },
    checksumType: checksum?.type,
    parts: object.partSizes.length,
  };
}

/** An open upload as tests see it. */
export function inspectUpload(bucket: string, upload: MultipartUpload): InspectedUpload {
  return {
    bucket,
    key: upload.key,
    uploadId: upload.uploadId,
    initiated: upload.initiated,
    parts: partsInOrder(upload).map(({ partNumber, size, etag }) => ({ partNumber, size, etag })),
  };
}
