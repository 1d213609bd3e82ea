import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { StoredChecksum, StoredObject, UploadReceipt } from '../../integrity/stored-object.ts';
import {
  type ArchiveIdentity,
  archiveKey,
  assertReadable,
  manifestKey,
  policyKey,
  verificationKey,
} from '../../model/archive-key.ts';
import { hasCode } from '../../model/errors.ts';
import {
  invalidManifest,
  MAX_MANIFEST_SIZE,
  type Manifest,
  parseManifest,
  serializeManifest,
} from '../../model/manifest.ts';
import type { PartLayout } from '../../model/part-layout.ts';
import { isCold } from '../../model/storage-class.ts';
import { parseVerification, type Verification } from '../../model/verification.ts';
import type {
  ArchiveListing,
  ArchiveStore,
  ByteRange,
  PartedRequest,
  PartedUpload,
  ProbeResult,
  UnfinishedUpload,
  UploadRequest,
} from '../../ports/archive-store.ts';
import type { DownloadBody } from '../../ports/backup-source.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { LeaseStore } from '../../ports/lease.ts';
import { NO_REDACTION, type Redaction } from '../../ports/redaction.ts';
import type { StoreInspection } from '../../ports/store-inspection.ts';
import { type PolicyRecord, parsePolicyRecord } from '../../retention/policy-record.ts';
import { profileOf, recognise, type StoreProfile } from './capabilities/store-profile.ts';
import { rangeBody } from './client/bulk-ranges.ts';
import { loggedClient } from './client/call.ts';
import { deleteConfirmed, putConfirmed, readParsed, readSmallObject } from './client/confirmed-object.ts';
import { connect } from './client/connect.ts';
import { tellRefusal } from './client/refused-deletion.ts';
import { request } from './client/request.ts';
import { requireBucket } from './client/require-bucket.ts';
import { isUnsupported, S3Error } from './client/s3-error.ts';
import { BucketInspection } from './inspection/bucket-inspection.ts';
import { LeaseObjects } from './lease-object.ts';
import { listArchives } from './listing/archive-listing.ts';
import { abortUpload } from './listing/unfinished-uploads.ts';
import type { S3Options } from './s3-options.ts';
import { anyChecksumIn, checksumMode, kindIn } from './upload/checksum-fields.ts';
import {
  explainPartSize,
  layoutHeldParts,
  layoutParallelParts,
  layoutParts,
} from './upload/choose-layout.ts';
import { unquote } from './upload/part-check.ts';
import { S3Uploads } from './upload/s3-uploads.ts';

/** What all views of one store share. */
interface Connection {
  readonly client: S3Client;
  /** What its responses have shown. */
  readonly server: {
    profile: StoreProfile;
    /** Milliseconds by which its clock is ahead of ours; `undefined`: not known. */
    clockOffset: number | undefined;
  };
}

/** @param redaction learns the credentials that the SDK finds */
function open(options: S3Options, redaction: Redaction, clock: Clock): Connection {
  const server: Connection['server'] = { profile: profileOf(options.endpoint), clockOffset: undefined };
  const client = connect(options, redaction, (headers) => {
    server.profile = recognise(server.profile, headers.server);
    const theirs = Date.parse(headers.date ?? '');
    if (!Number.isNaN(theirs)) server.clockOffset = theirs - clock.now();
  });
  return { client, server };
}

/** `ArchiveStore` on any S3-compatible service. */
export class S3ArchiveStore implements ArchiveStore {
  readonly #options: S3Options;
  readonly #client: S3Client;
  /** The leases of running jobs, in the same bucket. */
  readonly leases: LeaseStore;
  readonly #uploads: S3Uploads;
  readonly #clock: Clock;
  readonly #connection: Connection;

  /** @param connection that of another one, and what its responses have shown; a new one by default */
  constructor(
    options: S3Options,
    clock: Clock,
    redaction: Redaction = NO_REDACTION,
    connection: Connection = open(options, redaction, clock),
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#connection = connection;
    this.#client = connection.client;
    this.leases = new LeaseObjects(this.#client, options);
    this.#uploads = new S3Uploads(this.#client, options, clock, () => this.profile);
  }

  get kind(): string {
    return this.profile.name;
  }

  /** What is documented of a store of its kind; by its endpoint, and by its responses once there are some. */
  get profile(): StoreProfile {
    return this.#connection.server.profile;
  }

  /** What else `check` asks of it. */
  get inspection(): StoreInspection {
    const { server } = this.#connection;
    return new BucketInspection(this.#client, this.#options, () => server.clockOffset);
  }

  /** The same store, whose requests speak to the log of one run. */
  heardBy(log: EventLog): S3ArchiveStore {
    const { client, server } = this.#connection;
    return new S3ArchiveStore(this.#options, this.#clock, NO_REDACTION, {
      client: loggedClient(client, log),
      server,
    });
  }

  get canReadBack(): boolean {
    return !isCold(this.#options.storageClass);
  }

  keyOf(archive: ArchiveIdentity): string {
    return assertReadable(this.#options.prefix, archiveKey(this.#options.prefix, archive), archive);
  }

  layoutFor(size: number): PartLayout {
    return layoutParallelParts(size, this.#options, this.profile.limits);
  }

  streamLayoutFor(size: number | null): PartLayout {
    const { limits } = this.profile;
    return size === null
      ? layoutParts(null, this.#options, limits)
      : layoutHeldParts(size, this.#options, limits);
  }

  explainLayout(size: number | null, layout: PartLayout): string {
    return explainPartSize(size, layout, this.#options, this.profile.limits);
  }

  requireBucket(signal: AbortSignal): Promise<void> {
    return requireBucket(this.#client, this.#options, signal);
  }

  probe(database: string, signal: AbortSignal): Promise<ProbeResult> {
    return this.#uploads.probe(database, signal);
  }

  list(database: string | undefined, signal: AbortSignal): Promise<ArchiveListing> {
    return listArchives(this.#client, this.#options, database, signal);
  }

  async readManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<Manifest | undefined> {
    const key = manifestKey(this.#options.prefix, archive);
    try {
      return await this.#readManifest(key, signal);
    } catch (error) {
      if (!hasCode(error, 'manifest.invalid')) throw error;
      // It may have been the response that was wrong, and not the object.
      return this.#readManifest(key, signal);
    }
  }

  async #readManifest(key: string, signal: AbortSignal): Promise<Manifest | undefined> {
    const read = await readSmallObject(this.#client, this.#at(key), MAX_MANIFEST_SIZE, signal);
    if (read === undefined) return undefined;
    if (read.text !== undefined) return parseManifest(key, read.text);
    throw invalidManifest(key, `it has more than ${MAX_MANIFEST_SIZE} bytes`);
  }

  async writeManifest(manifest: Manifest, signal: AbortSignal): Promise<void> {
    const key = manifestKey(this.#options.prefix, { ...manifest, createdAt: new Date(manifest.createdAt) });
    await putConfirmed(this.#client, this.#at(key), serializeManifest(manifest), signal);
  }

  async readVerification(archive: ArchiveIdentity, signal: AbortSignal): Promise<Verification | undefined> {
    const target = this.#at(verificationKey(this.#options.prefix, archive));
    const reading = { parse: parseVerification, limit: MAX_MANIFEST_SIZE };
    return (await readParsed(this.#client, target, reading, signal))?.value;
  }

  writeVerification(
    archive: ArchiveIdentity,
    verification: Verification,
    signal: AbortSignal,
  ): Promise<void> {
    const target = this.#at(verificationKey(this.#options.prefix, archive));
    return putConfirmed(this.#client, target, `${JSON.stringify(verification, null, 2)}\n`, signal);
  }

  deleteVerification(archive: ArchiveIdentity, signal: AbortSignal): Promise<void> {
    return this.#delete(verificationKey(this.#options.prefix, archive), signal);
  }

  async head(archive: ArchiveIdentity, signal: AbortSignal): Promise<StoredObject | undefined> {
    const key = this.keyOf(archive);
    const ask = async (asksChecksum: boolean) => {
      const command = new HeadObjectCommand({ ...this.#at(key), ...checksumMode(asksChecksum) });
      const operation = `HeadObject ${this.#options.bucket}/${key}`;
      try {
        return toStoredObject(
          await request((options) => this.#client.send(command, options), operation, signal),
        );
      } catch (error) {
        if (hasCode(error, 's3.not_found')) return undefined;
        throw error;
      }
    };
    const { checksumMode: asksChecksum } = this.#uploads.optional;
    try {
      return await ask(asksChecksum);
    } catch (error) {
      if (!asksChecksum || !isUnsupported(error)) throw error;
      // Not probed, as by `prune`, or the store has changed since.
      const stored = await ask(false);
      this.#uploads.forgo('checksumMode');
      return stored;
    }
  }

  async read(archive: ArchiveIdentity, signal: AbortSignal): Promise<Readable> {
    const key = this.keyOf(archive);
    const describe = `GetObject ${this.#options.bucket}/${key}`;
    const { Body: body } = await request(
      (options) => this.#client.send(new GetObjectCommand(this.#at(key)), options),
      describe,
      signal,
    );
    if (body === undefined) throw new S3Error('s3.failed', `${describe}: no body`, { operation: describe });
    return body as Readable;
  }

  async readRange(
    archive: ArchiveIdentity,
    { start, end }: ByteRange,
    signal: AbortSignal,
  ): Promise<DownloadBody> {
    const key = this.keyOf(archive);
    const operation = `GetObject ${this.#options.bucket}/${key} (bytes ${start}-${end - 1})`;
    const command = new GetObjectCommand({ ...this.#at(key), Range: `bytes=${start}-${end - 1}` });
    const response = await request((options) => this.#client.send(command, options), operation, signal);
    const body = response.Body as Readable | undefined;
    const given = response.ContentRange ?? 'the whole object';
    // RFC 9110 §14.4. A store that ignores the range gives its first bytes in the place of these.
    const isWhole = response.ContentRange === undefined && start === 0 && response.ContentLength === end;
    if (body !== undefined && (isWhole || given.startsWith(`bytes ${start}-${end - 1}/`)))
      return rangeBody(body);
    body?.destroy();
    throw new S3Error('s3.failed', `${operation}: the store gave ${given}`, {
      operation,
      hint: 'The store, or a proxy before it, does not give parts of an object.',
    });
  }

  deleteManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<void> {
    return this.#delete(manifestKey(this.#options.prefix, archive), signal);
  }

  deleteObject(archive: ArchiveIdentity, signal: AbortSignal): Promise<void> {
    return this.#delete(this.keyOf(archive), signal);
  }

  upload(request: UploadRequest, signal: AbortSignal): Promise<UploadReceipt> {
    const layout = this.streamLayoutFor(request.size);
    return this.#uploads.stream(request, layout, this.#headOf(request.archive), signal);
  }

  beginUpload(request: PartedRequest, signal: AbortSignal): Promise<PartedUpload> {
    return this.#uploads.begin(request, this.#headOf(request.archive), signal);
  }

  resumeUpload(upload: UnfinishedUpload, options: { mustBeNew: boolean }): PartedUpload {
    return this.#uploads.resume(upload, options, this.#headOf(upload));
  }

  async readPolicyRecord(database: string, signal: AbortSignal): Promise<PolicyRecord | undefined> {
    const target = this.#at(policyKey(this.#options.prefix, database));
    const reading = { parse: parsePolicyRecord, limit: MAX_MANIFEST_SIZE };
    return (await readParsed(this.#client, target, reading, signal))?.value;
  }

  writePolicyRecord(record: PolicyRecord, signal: AbortSignal): Promise<void> {
    const target = this.#at(policyKey(this.#options.prefix, record.database));
    return putConfirmed(this.#client, target, `${JSON.stringify(record, null, 2)}\n`, signal);
  }

  listUploads(
    database: string,
    signal: AbortSignal,
    known: readonly ArchiveIdentity[] = [],
  ): Promise<UnfinishedUpload[]> {
    return this.#uploads.list(database, known, signal);
  }

  abortUpload(upload: Pick<UnfinishedUpload, 'key' | 'uploadId'>, signal: AbortSignal): Promise<void> {
    return abortUpload(this.#client, { bucket: this.#options.bucket, ...upload }, signal);
  }

  readStalled(archive: ArchiveIdentity, what: string): S3Error {
    const operation = `GetObject ${this.keyOf(archive)}`;
    return new S3Error('s3.timeout', `${operation}: the store ${what}`, { operation, retryable: true });
  }

  /** Closes the idle connections. */
  close(): void {
    this.#client.destroy();
  }

  #headOf(archive: ArchiveIdentity): (signal: AbortSignal) => Promise<StoredObject | undefined> {
    return (signal) => this.head(archive, signal);
  }

  /** One by one: `DeleteObjects` needs a checksum that not every store takes, and hides refusals in a 200. */
  #delete(key: string, signal: AbortSignal): Promise<void> {
    return tellRefusal(deleteConfirmed(this.#client, this.#at(key), signal));
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#options.bucket, Key: key };
  }
}

function toStoredObject(response: HeadObjectCommandOutput): StoredObject {
  const fingerprint = response.ETag === undefined ? null : unquote(response.ETag);
  return {
    size: response.ContentLength ?? 0,
    fingerprint,
    parts: fingerprint === null ? null : partsIn(fingerprint),
    versionId: response.VersionId ?? null,
    checksum: checksumOf(response),
    metadata: response.Metadata ?? {},
    lockedUntil:
      response.ObjectLockLegalHoldStatus === 'ON'
        ? 'legal hold'
        : (response.ObjectLockRetainUntilDate ?? null),
  };
}

function checksumOf(response: HeadObjectCommandOutput): StoredChecksum | null {
  const digest = anyChecksumIn(response);
  return digest === null ? null : { ...digest, kind: kindIn(digest.value, response.ChecksumType) };
}

/** The number of parts that the ETag of a multipart object ends in; one of another form is taken for a single part's. */
function partsIn(etag: string): number {
  return Number(/-(\d+)"?$/.exec(etag)?.[1] ?? 1);
}
