import type { ChecksumAlgorithm } from './checksum.ts';

/** What the server understands; anything else is answered `NotImplemented` and recorded as `Unknown`. */
export type S3Operation =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'HeadBucket'
  | 'DeleteBucket'
  | 'GetBucketLocation'
  | 'GetBucketVersioning'
  | 'GetObjectLockConfiguration'
  | 'GetBucketLifecycleConfiguration'
  | 'ListObjectVersions'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'DeleteObjects'
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'GetObjectTagging'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'Unknown';

/** How stores in the field differ from Amazon's. May be changed while the server runs. */
export interface StoreQuirks {
  /**
   * `If-Match` and `If-None-Match` on writes and deletes: `honoured` as on AWS, `ignored` as on older
   * stores, `refused` with 501 NotImplemented; `without quotes`: the ETag of `If-Match` has to come without them.
   */
  conditionalWrites: 'honoured' | 'ignored' | 'refused' | 'without quotes';
  /**
   * `x-amz-checksum-*`: `kept` (verified, stored, shown), `ignored` (neither verified nor shown; only the
   * ETag, an MD5, speaks of the bytes), `refused` by 400 InvalidArgument or `refusal`.
   */
  checksums: 'kept' | 'ignored' | 'refused';
  /** `x-amz-checksum-mode` of a HEAD or GET: `read`, or `refused`. */
  checksumMode: 'read' | 'refused';
  /** What Complete says of the whole in headers, its size and its checksum: `checked`, or `refused`. */
  completeClaims: 'checked' | 'refused';
  /** How a header that the store does not know is refused: with 400 or with 501. */
  refusal: 'InvalidArgument' | 'NotImplemented';
  /** The algorithms that it knows; another one is 400 InvalidRequest. */
  checksumAlgorithms: readonly ChecksumAlgorithm[];
  /**
   * Checksum types of multipart uploads: `kept` as on AWS; `composite`, full-object only of CRC64NVME, as
   * Cloudflare R2 documents; `unread`, the type is neither read nor shown, and composite ones are shown without
   * their number of parts, as Garage does.
   */
  checksumTypes: 'kept' | 'composite' | 'unread';
  /**
   * `md5`; `opaque` as with SSE-KMS: an ETag that is no digest of the bytes; `md5 of the whole` of an object in parts
   * too, as `rclone serve s3` has it; `capitals`; `weak`, as a proxy in front makes those of headers.
   */
  etags: 'md5' | 'opaque' | 'md5 of the whole' | 'capitals' | 'weak';
  /**
   * Which unfinished uploads a listing shows: those below the `prefix`; those of an `exact key`, or of all keys without
   * one, as MinIO does; those of an exact key alone, as MinIO does of what was begun before its start; `none`.
   */
  uploadListing: 'prefix' | 'exact key or all' | 'exact key' | 'none';
  /**
   * Whether what comes without a checksum gets a CRC64NVME from the store, as on AWS since December 2024.
   * Costs about 1.6 s of CPU per GiB.
   */
  defaultChecksum: boolean;
  /** Highest part number: 10,000 on AWS, 1,000 on Scaleway. */
  maxParts: number;
  /** Bytes that every part but the last must have, at least: 5 MiB on AWS. */
  minPartSize: number;
  /** Most entries in a page of a listing, whatever the client asks: 1,000 on AWS. */
  maxKeys: number;
  /** The `<Rule>` elements of the bucket's lifecycle, which are shown and not carried out; empty: there is none. */
  lifecycle: string;
  /** Whether versioning, Object Lock and lifecycle can be asked for: `unknown` answers 501 NotImplemented. */
  bucketSettings: 'shown' | 'unknown';
  /** Bytes that all objects and parts together may take; beyond it writes answer 403 QuotaExceeded. */
  quota: number;
}

export interface SimulatedS3Options {
  /** Where objects are stored: `<folder>/<bucket>/<key>`. Created if missing; not removed on close. */
  readonly folder: string;
  /** Default: `AKIASANDBOX0EXAMPLE`. */
  readonly accessKeyId?: string;
  /** Default: `sandbox-secret-access-key`. */
  readonly secretAccessKey?: string;
  /** When set, requests must carry it in `x-amz-security-token`. */
  readonly sessionToken?: string;
  /** The region that signatures must name; default `us-east-1`. */
  readonly region?: string;
  /** Buckets that exist from the start; the first is what the helper methods mean by default. */
  readonly buckets?: readonly string[];
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** PEM key and certificate: the server then speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Every write gets an `x-amz-version-id`, and a plain DELETE leaves a delete marker. */
  readonly versioning?: boolean;
  /**
   * Buckets take Object Lock headers. Without `versioning` (which AWS demands with it) a plain DELETE of a
   * locked object is refused, as simpler stores do; with it, it leaves a delete marker.
   */
  readonly objectLock?: boolean;
  /** The lock of what comes without one; brings `objectLock`. Everything must then come with a checksum. */
  readonly defaultRetention?: { readonly mode: 'GOVERNANCE' | 'COMPLIANCE'; readonly days: number };
  readonly quirks?: Partial<StoreQuirks>;
  /**
   * Parts, and objects over 64 KiB, are checked and counted, but not kept: for measuring senders. GET answers
   * zeros for them.
   */
  readonly discard?: boolean;
  /** The time in `Last-Modified`, `Initiated` and Object Lock. */
  readonly now?: () => Date;
  /** The time that signatures are held against; `now` where the client's own clock is moved with it. Default: real. */
  readonly signatureTime?: 'real' | 'now';
}

export const DEFAULT_QUIRKS: StoreQuirks = {
  conditionalWrites: 'honoured',
  checksums: 'kept',
  checksumAlgorithms: ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'],
  checksumTypes: 'kept',
  checksumMode: 'read',
  completeClaims: 'checked',
  refusal: 'InvalidArgument',
  etags: 'md5',
  uploadListing: 'prefix',
  defaultChecksum: true,
  maxParts: 10_000,
  minPartSize: 5 * 1024 * 1024,
  maxKeys: 1000,
  lifecycle: '',
  bucketSettings: 'shown',
  quota: Number.POSITIVE_INFINITY,
};

/** One request as the server saw it, for assertions. Entries appear on arrival and are filled in later. */
export interface RecordedRequest {
  readonly operation: S3Operation;
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly uploadId: string | undefined;
  readonly partNumber: number | undefined;
  readonly query: Readonly<Record<string, string>>;
  /** Lower case; without `authorization` and the session token. */
  readonly headers: Readonly<Record<string, string>>;
  /** The `x-amz-request-id` of the response. */
  readonly requestId: string;
  /** `undefined` until answered, and for ever if the connection was dropped without a response. */
  status: number | undefined;
  /** The S3 error code answered, if one was. */
  errorCode: string | undefined;
  /** Payload bytes received so far, without aws-chunked framing. */
  bytesReceived: number;
  /** Payload bytes of an object given to the connection so far: more than have arrived where that is lost. */
  bytesSent: number;
}

/** Any field left out matches anything. */
export interface RequestFilter {
  readonly operation?: S3Operation;
  readonly bucket?: string;
  readonly key?: string | RegExp;
  readonly partNumber?: number;
}

/** A stored object, as the test sees it. */
export interface InspectedObject {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Where the bytes lie, `undefined` for seeded and discarded objects. */
  readonly path: string | undefined;
  readonly versionId: string | undefined;
  /** `x-amz-meta-*`, without that prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Other headers kept with it (`content-type`, `x-amz-storage-class`, `x-amz-tagging`, …). */
  readonly headers: Readonly<Record<string, string>>;
  /** Object Lock, where set. */
  readonly lock:
    | { readonly mode: string | undefined; readonly until: Date | undefined; readonly legalHold: boolean }
    | undefined;
  /** `x-amz-checksum-<algorithm>` by algorithm in lower case, base64. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE' | undefined;
  /** 1 for a plain PUT. */
  readonly parts: number;
}

/** A multipart upload that was neither completed nor aborted. */
export interface InspectedUpload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
  readonly parts: readonly { readonly partNumber: number; readonly size: number; readonly etag: string }[];
}
