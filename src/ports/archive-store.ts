import type { Readable } from 'node:stream';
import type { ChecksumAlgorithm, PartDigest } from '../integrity/checksum.ts';
import type { StoredObject, StoredPart, UploadReceipt } from '../integrity/stored-object.ts';
import type { ArchiveIdentity } from '../model/archive-key.ts';
import type { StoreError } from '../model/errors.ts';
import type { Manifest } from '../model/manifest.ts';
import type { PartLayout } from '../model/part-layout.ts';
import type { Verification } from '../model/verification.ts';
import type { PolicyRecord } from '../retention/policy-record.ts';
import type { DownloadBody } from './backup-source.ts';

/** An object of ours as a listing shows it. */
export interface ListedObject extends ArchiveIdentity {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
  /** Of an archive: when its verification was last written; absent: it has none, or one of an earlier object at its key. */
  readonly verifiedAt?: Date;
}

/** The whole of what a listing found below one folder, or below the prefix. */
export interface ArchiveListing {
  /** Objects with a manifest: the archives that exist. Newest first. */
  readonly archives: readonly ListedObject[];
  /** Objects without a manifest: a crash between Complete and the manifest. */
  readonly unproven: readonly ListedObject[];
  /** Manifests whose object is gone. */
  readonly dangling: readonly ListedObject[];
  /** Verifications whose archive is gone. */
  readonly outlived: readonly ListedObject[];
  /** Where the store contradicted itself about what there is: nothing may be deleted by such a listing. */
  readonly doubt?: string;
}

/** An upload of ours that was neither completed nor aborted. */
export interface UnfinishedUpload extends ArchiveIdentity {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedAt: Date;
}

/** Bytes of an archive, counted from 0. */
export interface ByteRange {
  readonly start: number;
  /** The first byte after it. */
  readonly end: number;
}

/** What a probe has found that a run has to know. */
export interface ProbeResult {
  /** Whether the store shows unfinished uploads. Without that, what a killed run leaves is neither resumed nor removed. */
  readonly showsUploads: boolean;
  /** The checksum that the store takes of an archive's bytes; `null`: none. */
  readonly checksum: ChecksumAlgorithm | null;
}

export interface UploadRequest {
  readonly archive: ArchiveIdentity;
  /** Bytes, as far as they can be guessed: decides the part size. */
  readonly size: number | null;
  /** Whether an object at that key is an error; false only to replace one that could not be proved. */
  readonly mustBeNew: boolean;
  /** Stored as `x-amz-meta-*`: names in lower case, values ASCII. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * The archive's bytes. An error thrown by it fails the upload: nothing is completed, and what was begun
   * is aborted at the store before the promise settles.
   */
  readonly body: AsyncIterable<Buffer>;
}

/** What is said when an upload is begun whose parts are sent one by one. */
export type PartedRequest = Pick<UploadRequest, 'archive' | 'mustBeNew' | 'metadata'>;

/** The bytes of one part. */
export interface PartBytes extends AsyncIterable<Buffer> {
  /** Their checksum, of the upload's algorithm, where it was taken as they were read. */
  readonly digest?: PartDigest;
}

/** One upload in parts, begun or found again. Requests are bounded in time; errors are `StoreError`s. */
export interface PartedUpload {
  readonly uploadId: string;
  /** What its parts are checked by. */
  readonly algorithm: ChecksumAlgorithm;
  /**
   * Streams one part through, without holding it.
   * @param body gives exactly `size` bytes; iterated once
   * @throws what the body raises; StoreError when the store holds other bytes
   */
  sendPart(number: number, size: number, body: PartBytes, signal: AbortSignal): Promise<StoredPart>;
  /** Every part that is there, in order; none where the upload cannot be resumed as it was begun. */
  listParts(signal: AbortSignal): Promise<StoredPart[]>;
  /** Makes the object of these parts; a lost response is resolved by looking. */
  complete(parts: readonly StoredPart[], partSize: number, signal: AbortSignal): Promise<UploadReceipt>;
}

/**
 * The bucket, as this program sees it: archives, manifests and unfinished uploads of ours below one
 * prefix. Every call is bounded in time and errors are `StoreError`s.
 */
export interface ArchiveStore {
  /** What kind of store it is, as far as that is known: for the log. */
  readonly kind: string;
  /** Whether an archive can be read again once it is stored; not so in a storage class that has to be restored first. */
  readonly canReadBack: boolean;
  /** Where an archive lies in the bucket. */
  keyOf(archive: ArchiveIdentity): string;
  /** @throws StoreError where there is no such bucket, or no right */
  requireBucket(signal: AbortSignal): Promise<void>;
  /**
   * Proves that an archive of `database` could be written now, and leaves nothing behind: an
   * upload is begun, one part is sent, and it is aborted. Learns what the store can do on the way.
   */
  probe(database: string, signal: AbortSignal): Promise<ProbeResult>;
  /** Every page or an error: a listing that came back short is never returned. */
  list(database: string | undefined, signal: AbortSignal): Promise<ArchiveListing>;
  /** `undefined` where there is none. @throws ArchiverError `manifest.invalid` */
  readManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<Manifest | undefined>;
  writeManifest(manifest: Manifest, signal: AbortSignal): Promise<void>;
  /** What was found when it was read back; `undefined` where nothing is known. */
  readVerification(archive: ArchiveIdentity, signal: AbortSignal): Promise<Verification | undefined>;
  writeVerification(archive: ArchiveIdentity, verification: Verification, signal: AbortSignal): Promise<void>;
  deleteVerification(archive: ArchiveIdentity, signal: AbortSignal): Promise<void>;
  /** HEAD of the archive's object; `undefined` on 404. */
  head(archive: ArchiveIdentity, signal: AbortSignal): Promise<StoredObject | undefined>;
  /** The stored bytes, whole. */
  read(archive: ArchiveIdentity, signal: AbortSignal): Promise<Readable>;
  /**
   * The stored bytes from `range.start` on, as many as it has. A chunk is its reader's until the next one, unless it is kept.
   * @throws StoreError also where the store gives others
   */
  readRange(archive: ArchiveIdentity, range: ByteRange, signal: AbortSignal): Promise<DownloadBody>;
  /** The error of this store for a read that stalls. @param what goes on from "the store" */
  readStalled(archive: ArchiveIdentity, what: string): StoreError;
  /** Streams a body whose length is not known, in parts that are held while they are sent. */
  upload(request: UploadRequest, signal: AbortSignal): Promise<UploadReceipt>;
  /** Begins an upload whose parts are sent one by one, in any order. */
  beginUpload(request: PartedRequest, signal: AbortSignal): Promise<PartedUpload>;
  /** Takes up an upload that was begun before. */
  resumeUpload(upload: UnfinishedUpload, options: { mustBeNew: boolean }): PartedUpload;
  /** Part size and concurrency for an archive whose parts are sent one by one. @throws ArchiverError of kind `too-large` */
  layoutFor(size: number): PartLayout;
  /** The same for one whose parts are held in memory; `null`: of unknown size. @throws ArchiverError of kind `too-large` */
  streamLayoutFor(size: number | null): PartLayout;
  /** Why a layout has its part size, in a few words for the log. */
  explainLayout(size: number | null, layout: PartLayout): string;
  /** The manifest goes first: without it the archive does not exist any more, whatever comes next. */
  deleteManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<void>;
  /** @throws StoreError of kind `locked` where a lock holds it, `forbidden` where a right is missing */
  deleteObject(archive: ArchiveIdentity, signal: AbortSignal): Promise<void>;
  /** Which retention policy was carried out last; `undefined` where that is not known. */
  readPolicyRecord(database: string, signal: AbortSignal): Promise<PolicyRecord | undefined>;
  writePolicyRecord(record: PolicyRecord, signal: AbortSignal): Promise<void>;
  /** @param known archives that uploads may be of: some stores show an upload only to those who know its key */
  listUploads(
    database: string,
    signal: AbortSignal,
    known?: readonly ArchiveIdentity[],
  ): Promise<UnfinishedUpload[]>;
  /** Done when the upload is gone; one that is gone already is no error. */
  abortUpload(upload: Pick<UnfinishedUpload, 'key' | 'uploadId'>, signal: AbortSignal): Promise<void>;
}
