import type { Readable } from 'node:stream';
import {
  ChecksumMode,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type ArchiveIdentity, archiveKey, manifestKey } from '../domain/archive-key.ts';
import type {
  ArchiveListing,
  ArchiveStore,
  StoredObject,
  UnfinishedUpload,
  UploadReceipt,
  UploadRequest,
} from '../domain/archive-store.ts';
import type { Clock } from '../domain/clock.ts';
import { ArchiverError, hasCode, StoreError } from '../domain/errors.ts';
import type { LeaseStore } from '../domain/lease.ts';
import { type ArchiveChecksum, type Manifest, parseManifest, serializeManifest } from '../domain/manifest.ts';
import { layoutParts } from '../domain/part-layout.ts';
import { listArchives } from './archive-listing.ts';
import { connect } from './connect.ts';
import { LeaseObjects } from './lease-object.ts';
import { archiveSettings, etagsAreMd5 } from './object-settings.ts';
import { unquote } from './part-ledger.ts';
import { request } from './request.ts';
import { requireBucket } from './require-bucket.ts';
import type { S3Options } from './s3-options.ts';
import { streamUpload } from './stream-upload.ts';
import { abortUpload, listUnfinishedUploads } from './unfinished-uploads.ts';
import { probeWrite } from './write-probe.ts';

/** The manifest of a sane archive has under 2 KiB; a bigger object is not one. */
const MAX_MANIFEST_SIZE = 64 * 1024;

/** `ArchiveStore` on any S3-compatible service. */
export class S3ArchiveStore implements ArchiveStore {
  readonly #options: S3Options;
  readonly #clock: Clock;
  readonly #client: S3Client;
  /** The leases of running jobs, in the same bucket. */
  readonly leases: LeaseStore;
  /** Learnt by the probe. Until then nothing is sent that a store could refuse. */
  #checksums: boolean;

  constructor(options: S3Options, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#client = connect(options);
    this.leases = new LeaseObjects(this.#client, options);
    this.#checksums = options.checksum === 'crc32';
  }

  keyOf(archive: ArchiveIdentity): string {
    return archiveKey(this.#options.prefix, archive);
  }

  partSizeFor(size: number): number {
    return layoutParts(size, this.#options).partSize;
  }

  requireBucket(signal: AbortSignal): Promise<void> {
    return requireBucket(this.#client, this.#options.bucket, signal);
  }

  async probe(database: string, signal: AbortSignal): Promise<void> {
    // A key that parses as ours: should we die here, the next run finds the upload and aborts it.
    const key = archiveKey(this.#options.prefix, {
      database,
      createdAt: new Date(0),
      backupId: 'write-probe',
    });
    const settings = archiveSettings(this.#options, this.#clock.now());
    const target = { bucket: this.#options.bucket, key, settings };
    this.#checksums = (await probeWrite(this.#client, target, this.#options.checksum, signal)).checksums;
  }

  list(database: string | undefined, signal: AbortSignal): Promise<ArchiveListing> {
    return listArchives(this.#client, this.#options, database, signal);
  }

  async readManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<Manifest | undefined> {
    const key = manifestKey(this.#options.prefix, archive);
    const describe = `GetObject ${this.#options.bucket}/${key}`;
    try {
      const { Body: body, ContentLength: size } = await request(
        (options) => this.#client.send(new GetObjectCommand(this.#at(key)), options),
        describe,
        signal,
      );
      if (body === undefined || (size ?? 0) > MAX_MANIFEST_SIZE) {
        throw new ArchiverError('manifest.invalid', `${key} is no manifest: it has ${size} bytes`);
      }
      const text = await request(() => body.transformToString('utf8'), describe, signal);
      return parseManifest(key, text);
    } catch (error) {
      if (hasCode(error, 's3.not_found')) return undefined;
      throw error;
    }
  }

  async writeManifest(manifest: Manifest, signal: AbortSignal): Promise<void> {
    const key = manifestKey(this.#options.prefix, { ...manifest, createdAt: new Date(manifest.createdAt) });
    await request(
      (options) =>
        this.#client.send(
          new PutObjectCommand({
            ...this.#at(key),
            Body: serializeManifest(manifest),
            ContentType: 'application/json',
          }),
          options,
        ),
      `PutObject ${this.#options.bucket}/${key}`,
      signal,
    );
  }

  async head(archive: ArchiveIdentity, signal: AbortSignal): Promise<StoredObject | undefined> {
    const key = this.keyOf(archive);
    try {
      const answer = await request(
        (options) =>
          this.#client.send(new HeadObjectCommand({ ...this.#at(key), ...this.#checksumMode() }), options),
        `HeadObject ${this.#options.bucket}/${key}`,
        signal,
      );
      return toStoredObject(answer);
    } catch (error) {
      if (hasCode(error, 's3.not_found')) return undefined;
      throw error;
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
    if (body === undefined)
      throw new StoreError('s3.failed', `${describe}: no body`, { operation: describe });
    return body as Readable;
  }

  deleteManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<void> {
    return this.#delete(manifestKey(this.#options.prefix, archive), signal);
  }

  deleteObject(archive: ArchiveIdentity, signal: AbortSignal): Promise<void> {
    return this.#delete(this.keyOf(archive), signal);
  }

  upload(request: UploadRequest, signal: AbortSignal): Promise<UploadReceipt> {
    return streamUpload(
      this.#client,
      {
        bucket: this.#options.bucket,
        key: this.keyOf(request.archive),
        settings: archiveSettings(this.#options, this.#clock.now()),
        metadata: request.metadata,
        layout: layoutParts(request.size, this.#options),
        checksums: this.#checksums,
        etagsAreMd5: etagsAreMd5(this.#options),
        mustBeNew: request.mustBeNew,
        body: request.body,
        head: (ended) => this.head(request.archive, ended),
      },
      signal,
    );
  }

  listUploads(database: string, signal: AbortSignal): Promise<UnfinishedUpload[]> {
    return listUnfinishedUploads(this.#client, this.#options, database, signal);
  }

  abortUpload(upload: UnfinishedUpload, signal: AbortSignal): Promise<void> {
    return abortUpload(this.#client, { bucket: this.#options.bucket, ...upload }, signal);
  }

  /** Closes the idle connections. */
  close(): void {
    this.#client.destroy();
  }

  /** One by one: `DeleteObjects` needs a checksum that not every store takes, and hides refusals in a 200. */
  async #delete(key: string, signal: AbortSignal): Promise<void> {
    await request(
      (options) => this.#client.send(new DeleteObjectCommand(this.#at(key)), options),
      `DeleteObject ${this.#options.bucket}/${key}`,
      signal,
    );
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#options.bucket, Key: key };
  }

  #checksumMode(): { ChecksumMode?: ChecksumMode } {
    return this.#options.checksum === 'none' ? {} : { ChecksumMode: ChecksumMode.ENABLED };
  }
}

function toStoredObject(answer: HeadObjectCommandOutput): StoredObject {
  return {
    size: answer.ContentLength ?? 0,
    etag: answer.ETag === undefined ? null : unquote(answer.ETag),
    versionId: answer.VersionId ?? null,
    lastModified: answer.LastModified ?? null,
    checksum: checksumOf(answer),
    metadata: answer.Metadata ?? {},
    lockedUntil:
      answer.ObjectLockLegalHoldStatus === 'ON' ? 'legal hold' : (answer.ObjectLockRetainUntilDate ?? null),
  };
}

function checksumOf(answer: HeadObjectCommandOutput): ArchiveChecksum | null {
  const value = answer.ChecksumCRC32;
  if (value === undefined) return null;
  // `ChecksumType` is younger than the checksums: without it, the part count behind a composite one tells.
  const isComposite = answer.ChecksumType === 'COMPOSITE' || value.includes('-');
  return { algorithm: 'CRC32', value, kind: isComposite ? 'composite' : 'full-object' };
}
