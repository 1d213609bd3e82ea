import { Readable } from 'node:stream';
import { crc32, encodeCrc32 } from '../../src/integrity/crc32.ts';
import type { StoredObject, StoredPart, UploadReceipt } from '../../src/integrity/stored-object.ts';
import { type ArchiveIdentity, archiveKey } from '../../src/model/archive-key.ts';
import { type FailureKind, StoreError } from '../../src/model/errors.ts';
import { type Manifest, parseManifest } from '../../src/model/manifest.ts';
import { countParts, type PartLayout } from '../../src/model/part-layout.ts';
import type {
  ArchiveListing,
  ArchiveStore,
  ByteRange,
  PartBytes,
  PartedRequest,
  PartedUpload,
  ProbeResult,
  UnfinishedUpload,
  UploadRequest,
} from '../../src/ports/archive-store.ts';
import type { LeaseRecord, LeaseStore, StoredLease } from '../../src/ports/lease.ts';
import type { PolicyRecord } from '../../src/retention/policy-record.ts';
import { receiptOf } from '../../src/stores/s3/upload/upload-receipt.ts';
import type { MemoryBucket } from './memory-bucket.ts';
import type { Wire } from './wire.ts';

export interface MemoryStoreOptions {
  /** Bytes of a part that is copied in parallel, and of one that is held. */
  readonly partSize: number;
  readonly streamPartSize: number;
  readonly concurrency: number;
  readonly canReadBack: boolean;
}

/** A store in memory: each call is one call over the wire. */
export class MemoryStore implements ArchiveStore {
  readonly kind = 'memory';
  readonly canReadBack: boolean;
  readonly leases: LeaseStore;
  readonly #bucket: MemoryBucket;
  readonly #wire: Wire;
  readonly #options: MemoryStoreOptions;

  constructor(bucket: MemoryBucket, wire: Wire, options: MemoryStoreOptions) {
    this.#bucket = bucket;
    this.#wire = wire;
    this.#options = options;
    this.canReadBack = options.canReadBack;
    this.leases = new MemoryLeaseStore(bucket, wire);
  }

  keyOf(archive: ArchiveIdentity): string {
    return archiveKey('', archive);
  }

  requireBucket(signal: AbortSignal): Promise<void> {
    return this.#ask('requireBucket', '', () => {}, signal);
  }

  probe(database: string, signal: AbortSignal): Promise<ProbeResult> {
    return this.#ask('probe', database, () => ({ showsUploads: true, checksum: 'CRC32' }), signal);
  }

  list(database: string | undefined, signal: AbortSignal): Promise<ArchiveListing> {
    return this.#ask(
      'list',
      database ?? '',
      () => {
        const listing = this.#bucket.list(database);
        return this.#wire.chance('doubtful listing') ? { ...listing, doubt: 'simulated' } : listing;
      },
      signal,
    );
  }

  readManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<Manifest | undefined> {
    const key = this.keyOf(archive);
    return this.#ask(
      'readManifest',
      archive.database,
      () => {
        const found = this.#bucket.manifests.get(key);
        return found === undefined ? undefined : parseManifest(key, found.text);
      },
      signal,
    );
  }

  writeManifest(manifest: Manifest, signal: AbortSignal): Promise<void> {
    return this.#do('writeManifest', manifest.database, () => this.#bucket.putManifest(manifest), signal);
  }

  // The nights that are simulated read nothing back.
  readVerification(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  writeVerification(): Promise<void> {
    return Promise.resolve();
  }

  deleteVerification(): Promise<void> {
    return Promise.resolve();
  }

  head(archive: ArchiveIdentity, signal: AbortSignal): Promise<StoredObject | undefined> {
    return this.#ask('head', archive.database, () => this.#look(archive), signal);
  }

  read(archive: ArchiveIdentity, signal: AbortSignal): Promise<Readable> {
    return this.readRange(archive, { start: 0, end: Number.POSITIVE_INFINITY }, signal);
  }

  async readRange(
    archive: ArchiveIdentity,
    { start, end }: ByteRange,
    signal: AbortSignal,
  ): Promise<Readable> {
    const bytes = await this.#ask(
      'read',
      archive.database,
      () => {
        const found = this.#bucket.objects.get(this.keyOf(archive));
        if (found === undefined) throw failure('s3.not_found', 'GetObject', 'not-found');
        return found.bytes;
      },
      signal,
    );
    this.#wire.computes();
    return Readable.from([bytes.subarray(start, end)], { objectMode: false });
  }

  readStalled(archive: ArchiveIdentity, what: string): StoreError {
    return new StoreError('s3.timeout', `GetObject ${this.keyOf(archive)}: the store ${what}`, {
      operation: 'GetObject',
      retryable: true,
    });
  }

  async upload(request: UploadRequest, signal: AbortSignal): Promise<UploadReceipt> {
    const { archive } = request;
    const { partSize } = this.streamLayoutFor(request.size);
    const upload = await this.beginUpload(request, signal);
    try {
      const bytes = await collect(request.body);
      const sent: StoredPart[] = [];
      for (let number = 1; number <= countParts(bytes.length, partSize); number++) {
        const part = bytes.subarray((number - 1) * partSize, number * partSize);
        sent.push(await upload.sendPart(number, part.length, asBody(part), signal));
      }
      const receipt = await upload.complete(sent, partSize, signal);
      return { ...receipt, crc32: encodeCrc32(crc32(bytes)) };
    } catch (error) {
      const { uploadId } = upload;
      await this.abortUpload({ key: this.keyOf(archive), uploadId }, AbortSignal.timeout(10_000)).catch(
        () => {},
      );
      throw error;
    }
  }

  async beginUpload(
    { archive, mustBeNew, metadata }: PartedRequest,
    signal: AbortSignal,
  ): Promise<PartedUpload> {
    const begin = () => this.#bucket.begin(archive, metadata).uploadId;
    const uploadId = await this.#do('beginUpload', archive.database, begin, signal);
    return this.#upload(archive, uploadId, mustBeNew);
  }

  resumeUpload(upload: UnfinishedUpload, { mustBeNew }: { mustBeNew: boolean }): PartedUpload {
    return this.#upload(upload, upload.uploadId, mustBeNew);
  }

  layoutFor(_size: number): PartLayout {
    const { partSize, concurrency } = this.#options;
    return { partSize, concurrency };
  }

  streamLayoutFor(_size: number | null): PartLayout {
    const { streamPartSize, concurrency } = this.#options;
    return { partSize: streamPartSize, concurrency };
  }

  explainLayout(): string {
    return 'simulated';
  }

  deleteManifest(archive: ArchiveIdentity, signal: AbortSignal): Promise<void> {
    const remove = () => this.#bucket.deleteManifest(this.keyOf(archive));
    return this.#do('deleteManifest', archive.database, remove, signal);
  }

  deleteObject(archive: ArchiveIdentity, signal: AbortSignal): Promise<void> {
    const remove = () => this.#bucket.deleteObject(this.keyOf(archive));
    return this.#do('deleteObject', archive.database, remove, signal);
  }

  readPolicyRecord(database: string, signal: AbortSignal): Promise<PolicyRecord | undefined> {
    return this.#ask('readPolicyRecord', database, () => this.#bucket.policies.get(database), signal);
  }

  writePolicyRecord(record: PolicyRecord, signal: AbortSignal): Promise<void> {
    const write = () => void this.#bucket.policies.set(record.database, record);
    return this.#do('writePolicyRecord', record.database, write, signal);
  }

  listUploads(database: string, signal: AbortSignal): Promise<UnfinishedUpload[]> {
    return this.#ask('listUploads', database, () => this.#bucket.uploadsOf(database), signal);
  }

  abortUpload(
    { key, uploadId }: Pick<UnfinishedUpload, 'key' | 'uploadId'>,
    signal: AbortSignal,
  ): Promise<void> {
    const database = key.slice(0, key.indexOf('/'));
    return this.#do('abortUpload', database, () => void this.#bucket.uploads.delete(uploadId), signal);
  }

  #look(archive: ArchiveIdentity): StoredObject | undefined {
    const found = this.#bucket.objects.get(this.keyOf(archive));
    if (found === undefined) return undefined;
    const { bytes, metadata, shown } = found;
    return { size: bytes.length, ...shown, metadata, versionId: null, lockedUntil: null };
  }

  #upload(
    { database, createdAt, backupId }: ArchiveIdentity,
    uploadId: string,
    mustBeNew: boolean,
  ): PartedUpload {
    const archive = { database, createdAt, backupId };
    const held = () => {
      const upload = this.#bucket.uploads.get(uploadId);
      if (upload === undefined) throw failure('s3.no_such_upload', 'UploadPart', 'upload-gone');
      return upload;
    };
    return {
      uploadId,
      algorithm: 'CRC32',
      sendPart: async (number, size, body, signal) => {
        const bytes = await collect(body);
        if (bytes.length !== size)
          throw new Error(`part ${number} has ${bytes.length} bytes and not ${size}`);
        return this.#do(
          'sendPart',
          database,
          () => {
            const fingerprint = this.#bucket.fingerprintOf(bytes);
            held().parts.set(number, { bytes, fingerprint });
            return this.#bucket.showPart(number, bytes, fingerprint);
          },
          signal,
        );
      },
      listParts: (signal) =>
        this.#ask(
          'listParts',
          database,
          () => {
            const inOrder = [...held().parts].sort(([a], [b]) => a - b);
            return inOrder.map(([number, part]) =>
              this.#bucket.showPart(number, part.bytes, part.fingerprint),
            );
          },
          signal,
        ),
      complete: (parts, partSize, signal) =>
        this.#do(
          'complete',
          database,
          () => {
            const receipt = receiptOf(parts, { partSize, algorithm: 'CRC32' });
            this.#complete(archive, uploadId, { parts, mustBeNew, receipt });
            return receipt;
          },
          signal,
        ),
    };
  }

  #complete(
    archive: ArchiveIdentity,
    uploadId: string,
    {
      parts,
      mustBeNew,
      receipt,
    }: { parts: readonly StoredPart[]; mustBeNew: boolean; receipt: UploadReceipt },
  ): void {
    const upload = this.#bucket.uploads.get(uploadId);
    const there = this.#look(archive);
    const isThere = there !== undefined && there.size === receipt.size && isShownAs(there, receipt);
    if (upload === undefined || (mustBeNew && there !== undefined)) {
      // A commit whose response was lost, and that was looked for.
      if (isThere) return void this.#bucket.uploads.delete(uploadId);
      if (upload === undefined) throw failure('s3.no_such_upload', 'CompleteMultipartUpload', 'upload-gone');
      throw failure('s3.precondition_failed', 'CompleteMultipartUpload', 'conflict');
    }
    const chosen = [...parts]
      .sort((a, b) => a.number - b.number)
      .map((part) => {
        const held = upload.parts.get(part.number);
        if (held === undefined || held.fingerprint !== part.fingerprint)
          throw failure('s3.failed', 'CompleteMultipartUpload: InvalidPart', 'rejected');
        return held;
      });
    const bytes = Buffer.concat(chosen.map((part) => part.bytes));
    // Where the store shows what was sent, and not what it holds, nothing could find it.
    const isShown = this.#bucket.vouching === 'full-object' || this.#bucket.vouching === 'nothing';
    if (isShown && this.#wire.chance('damaged object'))
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 4;
    this.#bucket.put(
      { ...upload, archive: { ...archive, createdAt: upload.archive.createdAt } },
      chosen,
      bytes,
    );
    this.#bucket.uploads.delete(uploadId);
  }

  #ask<Result>(name: string, database: string, effect: () => Result, signal: AbortSignal): Promise<Result> {
    return this.#wire.call({ side: 'store', name, database }, effect, signal);
  }

  #do<Result>(name: string, database: string, effect: () => Result, signal: AbortSignal): Promise<Result> {
    return this.#wire.call({ side: 'store', name, database, isWork: true }, effect, signal);
  }
}

class MemoryLeaseStore implements LeaseStore {
  readonly #bucket: MemoryBucket;
  readonly #wire: Wire;

  constructor(bucket: MemoryBucket, wire: Wire) {
    this.#bucket = bucket;
    this.#wire = wire;
  }

  readLease(database: string, signal: AbortSignal): Promise<StoredLease | undefined> {
    const read = () => {
      const held = this.#bucket.leases.get(database);
      return held === undefined ? undefined : { record: held.record, version: held.version };
    };
    return this.#wire.call({ side: 'store', name: 'readLease', database }, read, signal);
  }

  writeLease(
    database: string,
    record: LeaseRecord,
    replaces: string | undefined,
    signal: AbortSignal,
  ): Promise<string> {
    const write = () => {
      if (this.#bucket.leases.get(database)?.version !== replaces)
        throw failure('s3.precondition_failed', 'PutObject', 'conflict');
      return this.#bucket.putLease(database, record);
    };
    return this.#wire.call({ side: 'store', name: 'writeLease', database }, write, signal);
  }

  removeLease(database: string, signal: AbortSignal): Promise<void> {
    const remove = () => this.#bucket.removeLease(database);
    return this.#wire.call({ side: 'store', name: 'removeLease', database }, remove, signal);
  }
}

function isShownAs({ checksum, fingerprint }: StoredObject, sent: UploadReceipt): boolean {
  if (checksum === null) return fingerprint !== null && fingerprint === sent.expectedFingerprint;
  return checksum.value === (checksum.kind === 'composite' ? sent.compositeChecksum : sent.checksum)?.value;
}

function failure(
  code: 's3.not_found' | 's3.no_such_upload' | 's3.precondition_failed' | 's3.failed',
  operation: string,
  kind: FailureKind,
): StoreError {
  return new StoreError(code, `${operation}: ${kind}`, { operation, kind });
}

async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function asBody(bytes: Buffer): PartBytes {
  return {
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
}
