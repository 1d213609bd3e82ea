import type { S3Client } from '@aws-sdk/client-s3';
import type { StoredObject, UploadReceipt } from '../../../integrity/stored-object.ts';
import { type ArchiveIdentity, archiveKey } from '../../../model/archive-key.ts';
import type { PartLayout } from '../../../model/part-layout.ts';
import type {
  PartedRequest,
  PartedUpload,
  ProbeResult,
  UnfinishedUpload,
  UploadRequest,
} from '../../../ports/archive-store.ts';
import type { Clock } from '../../../ports/clock.ts';
import { detectCapabilities } from '../capabilities/detect-capabilities.ts';
import { type StoreCapabilities, UNPROBED } from '../capabilities/store-capabilities.ts';
import type { StoreProfile } from '../capabilities/store-profile.ts';
import { listUnfinishedUploads } from '../listing/unfinished-uploads.ts';
import { archiveSettings, etagsAreMd5 } from '../object-settings.ts';
import type { S3Options } from '../s3-options.ts';
import { createUpload } from './create-upload.ts';
import { S3PartedUpload } from './parted-upload.ts';
import { streamUpload } from './stream-upload.ts';

const ARCHIVE_TYPE = 'application/gzip';
const PROBE_ID = 'write-probe';
/** Backups whose uploads are asked for one by one, where a store shows no others: the newest. */
const MOST_KEYS = 100;

/** What a request can do without, where a store refuses it. */
export interface OptionalHeaders {
  /** `x-amz-checksum-mode` of a HEAD. */
  readonly checksumMode: boolean;
  /** What Complete says of the whole: its size and its checksum. */
  readonly claims: boolean;
}

type Head = (signal: AbortSignal) => Promise<StoredObject | undefined>;

/** How archives get into the bucket: the two ways, and what the store was found to do with checksums. */
export class S3Uploads {
  readonly #client: S3Client;
  readonly #options: S3Options;
  readonly #clock: Clock;
  readonly #profile: () => StoreProfile;
  /** Learnt by the probe. Until then nothing is sent that a store could refuse. */
  #capabilities: StoreCapabilities = UNPROBED;
  #claims = true;

  /** @param profile what is known of the store: more, once it has answered */
  constructor(client: S3Client, options: S3Options, clock: Clock, profile: () => StoreProfile) {
    this.#client = client;
    this.#options = options;
    this.#clock = clock;
    this.#profile = profile;
  }

  /** What requests carry of what they can do without: all of it, until the store has refused it. */
  get optional(): OptionalHeaders {
    const checksumMode = this.#options.checksum !== 'none' && this.#capabilities.checksumMode;
    return { checksumMode, claims: this.#claims };
  }

  /** Remembers what the store has refused, until it is probed again. */
  forgo(refused: keyof OptionalHeaders): void {
    if (refused === 'claims') this.#claims = false;
    else this.#capabilities = { ...this.#capabilities, checksumMode: false };
  }

  async probe(database: string, signal: AbortSignal): Promise<ProbeResult> {
    const target = {
      bucket: this.#options.bucket,
      key: this.#probeKey(database),
      settings: { ...this.#settings(), ContentType: ARCHIVE_TYPE, Metadata: { 'backup-id': PROBE_ID } },
      etagsAreMd5: this.#etagsAreMd5,
      checksumMode: this.#options.checksum !== 'none',
      clock: this.#clock,
    };
    const wishes = { profile: this.#profile(), checksum: this.#options.checksum };
    this.#capabilities = await detectCapabilities(this.#client, target, wishes, signal);
    this.#claims = true;
    const { uploadListings, checksum } = this.#capabilities;
    return { showsUploads: uploadListings.length > 0, checksum: checksum?.algorithm ?? null };
  }

  list(
    database: string,
    known: readonly ArchiveIdentity[],
    signal: AbortSignal,
  ): Promise<UnfinishedUpload[]> {
    const newest = known
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .slice(0, MOST_KEYS)
      .map((archive) => this.#keyOf(archive));
    const keys = [...new Set([this.#probeKey(database), ...newest])];
    const asked = { ways: this.#capabilities.uploadListings, keys };
    return listUnfinishedUploads(this.#client, this.#options, database, asked, signal);
  }

  stream(
    request: UploadRequest,
    layout: PartLayout,
    head: Head,
    signal: AbortSignal,
  ): Promise<UploadReceipt> {
    const job = {
      bucket: this.#options.bucket,
      key: this.#keyOf(request.archive),
      settings: this.#settings(),
      metadata: request.metadata,
      layout,
      capabilities: this.#capabilities,
      etagsAreMd5: this.#etagsAreMd5,
      ...this.#guard(request.mustBeNew),
      body: request.body,
      clock: this.#clock,
      head,
    };
    return streamUpload(this.#client, job, signal);
  }

  async begin(
    { archive, metadata, mustBeNew }: PartedRequest,
    head: Head,
    signal: AbortSignal,
  ): Promise<PartedUpload> {
    const bucket = this.#options.bucket;
    const key = this.#keyOf(archive);
    const settings = { ...this.#settings(), ContentType: ARCHIVE_TYPE, Metadata: { ...metadata } };
    const { checksum, trailer } = this.#capabilities;
    const asked = trailer ? checksum : null;
    const { uploadId } = await createUpload(this.#client, { bucket, key, settings }, asked, signal);
    return this.#parted(key, uploadId, mustBeNew, head);
  }

  resume(
    { key, uploadId }: UnfinishedUpload,
    { mustBeNew }: { mustBeNew: boolean },
    head: Head,
  ): PartedUpload {
    return this.#parted(key, uploadId, mustBeNew, head);
  }

  #parted(key: string, uploadId: string, mustBeNew: boolean, head: Head): PartedUpload {
    const { checksum, trailer, wholeConfirmed } = this.#capabilities;
    const { bucket } = this.#options;
    const etagsAreMd5 = this.#etagsAreMd5;
    return new S3PartedUpload(this.#client, {
      bucket,
      key,
      uploadId,
      etagsAreMd5,
      algorithm: checksum?.algorithm ?? 'CRC32',
      checksum: trailer ? checksum : null,
      trailer,
      wholeConfirmed,
      ...this.#guard(mustBeNew),
      head,
    });
  }

  #guard(mustBeNew: boolean) {
    return {
      mustBeNew,
      conditionHonoured: this.#profile().conditionalComplete,
      mayClaim: () => this.optional.claims,
      onClaimsRefused: () => this.forgo('claims'),
    };
  }

  get #etagsAreMd5(): boolean {
    return this.#capabilities.md5Etags && etagsAreMd5(this.#options);
  }

  #settings() {
    return archiveSettings(this.#options, this.#clock.now());
  }

  /** A key that parses as ours: should we die there, the next run finds the upload and aborts it. */
  #probeKey(database: string): string {
    return this.#keyOf({ database, createdAt: new Date(0), backupId: PROBE_ID });
  }

  #keyOf(archive: ArchiveIdentity): string {
    return archiveKey(this.#options.prefix, archive);
  }
}
