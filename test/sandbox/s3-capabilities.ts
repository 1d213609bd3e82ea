/**
 * Where stores answer differently: what each one does, as measured. The contract holds every server to
 * its own line, so that a change in any of them is seen.
 */
export interface StoreCapabilities {
  /** PUT with `If-Match` where there is no object. */
  readonly putIfMatchWithoutObject: 'NoSuchKey' | 'PreconditionFailed';
  /** DELETE with `If-Match` where there is no object. */
  readonly deleteIfMatchWithoutObject: 'NoSuchKey' | 'PreconditionFailed' | 'done';
  /** DELETE with `If-Match: *` of an object that exists. */
  readonly deleteIfMatchAny: 'done' | 'PreconditionFailed';
  /** The checksum that the store adds where the client sent none. */
  readonly ownChecksum: 'CRC64NVME' | undefined;
  /** Whether HEAD says `x-amz-checksum-type` for a plain PUT. */
  readonly showsTypeOfPut: boolean;
  /** Whether ListParts shows the parts' checksums. */
  readonly listsPartChecksums: boolean;
  /** Whether ListMultipartUploads shows the algorithm. */
  readonly listsUploadAlgorithm: boolean;
  /** UploadPart without a checksum into a composite upload. */
  readonly compositePartWithoutChecksum: 'InvalidRequest' | 'done';
  /** Complete of a full-object upload whose parts came without checksums. */
  readonly fullObjectWithoutPartChecksums: 'InvalidRequest' | 'done';
  /** Complete that lists checksums of parts of an upload begun without an algorithm. */
  readonly unannouncedPartChecksums: 'InvalidPart' | 'done';
  /** Complete that lists another checksum than the part has. */
  readonly wrongPartChecksum: 'InvalidPart' | 'BadDigest';
  /** Whether Complete holds `x-amz-mp-object-size` against the parts. */
  readonly checksObjectSize: boolean;
  /** Concurrent Completes with `If-None-Match: *`; concurrent PUTs have one winner everywhere. */
  readonly completeRace: 'one wins' | 'several may win';
  /** DELETE and PUT at once, both with the current ETag in `If-Match`. */
  readonly deleteRace: 'one wins' | 'both may win';
  /** Complete, sent again after it succeeded. */
  readonly completeAgain: 'NoSuchUpload' | 'done';
  /** Complete of an upload that never was, for a key that has an object. */
  readonly completeUnknownUpload: 'NoSuchUpload' | 'done, although nothing was';
  /** Complete that lists no part. */
  readonly completeNothing: 'MalformedXML' | 'NoSuchUpload';
  /** Abort of an upload that was completed. */
  readonly abortCompleted: 'NoSuchUpload' | 'done';
  /** Part number 0, or above 10,000. */
  readonly badPartNumber: 'InvalidArgument' | 'InvalidPart';
  /** Order of ListObjectsV2: by the bytes of the key, or folder by folder, as if `/` were the least of bytes. */
  readonly objectOrder: 'bytes' | 'folders';
  /** Order of ListMultipartUploads. */
  readonly uploadOrder: 'by key' | 'none';
  /** Which of its own markers must be sent back to get the next page of uploads. */
  readonly uploadMarkers: 'both' | 'upload id' | 'key';
  /** Most objects in a page, however many were asked for: the default page is 1,000 everywhere. */
  readonly maxKeys: 1000 | 'as asked';
  /** Whether a key may be the folder of another (`a` and `a/b`). */
  readonly keysBelowKeys: boolean;
  /** An access key id that nobody has. */
  readonly unknownAccessKey: { readonly code: string; readonly status: number };
  /** A signature for another region. */
  readonly otherRegion: 'AuthorizationHeaderMalformed' | 'done';
  /** An aws-chunked body with a chunk below 8 KiB that is not the last. */
  readonly smallChunks: 'refused' | 'done';
  /** Whether `aws-chunked` stays in the object's Content-Encoding. */
  readonly keepsChunkedEncoding: boolean;
  /** Whether the storage class is kept and shown. */
  readonly keepsStorageClass: boolean;
  /** A range whose end lies before its start. */
  readonly backwardRange: 'whole object' | 'InvalidRange';
}

/** As Amazon's documentation has it; the sandbox's own server must not differ. */
export const AWS: StoreCapabilities = {
  putIfMatchWithoutObject: 'NoSuchKey',
  deleteIfMatchWithoutObject: 'NoSuchKey',
  deleteIfMatchAny: 'done',
  ownChecksum: 'CRC64NVME',
  showsTypeOfPut: true,
  listsPartChecksums: true,
  listsUploadAlgorithm: true,
  compositePartWithoutChecksum: 'InvalidRequest',
  fullObjectWithoutPartChecksums: 'done',
  unannouncedPartChecksums: 'InvalidPart',
  wrongPartChecksum: 'InvalidPart',
  checksObjectSize: true,
  completeRace: 'one wins',
  deleteRace: 'one wins',
  completeAgain: 'NoSuchUpload',
  completeUnknownUpload: 'NoSuchUpload',
  completeNothing: 'MalformedXML',
  abortCompleted: 'NoSuchUpload',
  badPartNumber: 'InvalidArgument',
  objectOrder: 'bytes',
  uploadOrder: 'by key',
  uploadMarkers: 'both',
  maxKeys: 1000,
  keysBelowKeys: true,
  unknownAccessKey: { code: 'InvalidAccessKeyId', status: 403 },
  otherRegion: 'AuthorizationHeaderMalformed',
  smallChunks: 'refused',
  keepsChunkedEncoding: false,
  keepsStorageClass: true,
  backwardRange: 'whole object',
};

/** Measured on SeaweedFS 4.48. */
export const SEAWEEDFS: StoreCapabilities = {
  ...AWS,
  putIfMatchWithoutObject: 'PreconditionFailed',
  deleteIfMatchWithoutObject: 'PreconditionFailed',
  ownChecksum: undefined,
  showsTypeOfPut: false,
  listsPartChecksums: false,
  listsUploadAlgorithm: false,
  compositePartWithoutChecksum: 'done',
  unannouncedPartChecksums: 'done',
  wrongPartChecksum: 'BadDigest',
  checksObjectSize: false,
  // Measured: in 8 of 50 races between four.
  completeRace: 'several may win',
  completeAgain: 'done',
  completeNothing: 'NoSuchUpload',
  abortCompleted: 'done',
  badPartNumber: 'InvalidPart',
  objectOrder: 'folders',
  uploadOrder: 'none',
  uploadMarkers: 'upload id',
  maxKeys: 'as asked',
  otherRegion: 'done',
  smallChunks: 'done',
  keepsChunkedEncoding: true,
  backwardRange: 'InvalidRange',
};

/** Measured on versitygw 1.8.0 (posix). */
export const VERSITYGW: StoreCapabilities = {
  ...AWS,
  deleteIfMatchWithoutObject: 'done',
  deleteIfMatchAny: 'PreconditionFailed',
  fullObjectWithoutPartChecksums: 'InvalidRequest',
  // Measured: in 4 of 50 races.
  deleteRace: 'both may win',
  completeAgain: 'done',
  completeUnknownUpload: 'done, although nothing was',
  uploadMarkers: 'key',
  keysBelowKeys: false,
  unknownAccessKey: { code: 'XAdminUserNotFound', status: 404 },
  keepsChunkedEncoding: true,
  keepsStorageClass: false,
};
