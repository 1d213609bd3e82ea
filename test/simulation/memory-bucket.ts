import { createHash } from 'node:crypto';
import { compositeChecksum, digestOf } from '../../src/integrity/checksum.ts';
import type { StoredObject, StoredPart } from '../../src/integrity/stored-object.ts';
import { type ArchiveIdentity, archiveKey } from '../../src/model/archive-key.ts';
import { type Manifest, serializeManifest } from '../../src/model/manifest.ts';
import type { ArchiveListing, ListedObject, UnfinishedUpload } from '../../src/ports/archive-store.ts';
import type { LeaseRecord } from '../../src/ports/lease.ts';
import type { PolicyRecord } from '../../src/retention/policy-record.ts';

/** What a store shows of the bytes that it holds. */
export type Vouching = 'full-object' | 'composite' | 'md5' | 'nothing';

export interface HeldObject {
  readonly archive: ArchiveIdentity;
  readonly bytes: Buffer;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastModified: number;
  readonly shown: Pick<StoredObject, 'checksum' | 'fingerprint' | 'parts'>;
}

export interface HeldUpload {
  readonly archive: ArchiveIdentity;
  readonly uploadId: string;
  readonly initiatedAt: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly parts: Map<number, { readonly bytes: Buffer; readonly fingerprint: string }>;
}

export interface HeldLease {
  readonly record: LeaseRecord;
  readonly version: string;
  readonly writtenAt: number;
}

/** Called before each change. */
export interface BucketWatch {
  manifestWritten(key: string, manifest: Manifest): void;
  manifestDeleted(key: string): void;
  objectPut(key: string): void;
  objectDeleted(key: string): void;
  uploadBegun(archive: ArchiveIdentity): void;
  leaseWritten(database: string, record: LeaseRecord, before: HeldLease | undefined): void;
  leaseRemoved(database: string, before: HeldLease | undefined): void;
}

/** The state of a bucket; every change of it is one of these methods. */
export class MemoryBucket {
  watch: BucketWatch | undefined;
  readonly vouching: Vouching;
  /** By key. */
  readonly objects = new Map<string, HeldObject>();
  readonly manifests = new Map<
    string,
    { readonly archive: ArchiveIdentity; readonly text: string; readonly at: number }
  >();
  readonly uploads = new Map<string, HeldUpload>();
  readonly leases = new Map<string, HeldLease>();
  readonly policies = new Map<string, PolicyRecord>();
  readonly now: () => number;
  #count = 0;

  /** @param now its own clock, in milliseconds */
  constructor(vouching: Vouching, now: () => number) {
    this.vouching = vouching;
    this.now = now;
  }

  /** A name that was not used before. */
  fresh(what: string): string {
    this.#count += 1;
    return `${what}-${this.#count}`;
  }

  list(database: string | undefined): ArchiveListing {
    const of = ({ archive }: { archive: ArchiveIdentity }) =>
      database === undefined || archive.database === database;
    const archives: ListedObject[] = [];
    const unproven: ListedObject[] = [];
    for (const [key, object] of this.objects) {
      if (!of(object)) continue;
      const listed = listedAs(key, object.archive, object.bytes.length, object.lastModified);
      (this.manifests.has(key) ? archives : unproven).push(listed);
    }
    const dangling: ListedObject[] = [];
    for (const [key, manifest] of this.manifests) {
      if (of(manifest) && !this.objects.has(key))
        dangling.push(listedAs(key, manifest.archive, manifest.text.length, manifest.at));
    }
    return {
      archives: archives.sort(newest),
      unproven: unproven.sort(newest),
      dangling: dangling.sort(newest),
      outlived: [],
    };
  }

  uploadsOf(database: string): UnfinishedUpload[] {
    return [...this.uploads.values()]
      .filter(({ archive }) => archive.database === database)
      .map(({ archive, uploadId, initiatedAt }) => ({
        ...inWholeSeconds(archive),
        key: archiveKey('', archive),
        uploadId,
        initiatedAt: new Date(initiatedAt),
      }));
  }

  begin(archive: ArchiveIdentity, metadata: Readonly<Record<string, string>>): HeldUpload {
    this.watch?.uploadBegun(archive);
    const uploadId = this.fresh('upload');
    const upload = { archive, uploadId, initiatedAt: this.now(), metadata, parts: new Map() };
    this.uploads.set(uploadId, upload);
    return upload;
  }

  /** How a part of these bytes looks to who sends or lists it. */
  showPart(number: number, bytes: Buffer, fingerprint: string): StoredPart {
    const hasDigest = this.vouching === 'full-object' || this.vouching === 'composite';
    const digest = hasDigest ? digestOf('CRC32', bytes) : null;
    const checkedBy = hasDigest ? 'checksum' : this.vouching === 'md5' ? 'md5' : 'none';
    return { number, size: bytes.length, fingerprint, digest, checkedBy };
  }

  fingerprintOf(bytes: Buffer): string {
    if (this.vouching === 'nothing') return this.fresh('of-its-own-choosing');
    return createHash('md5').update(bytes).digest('hex');
  }

  /** @param bytes what is stored, which need not be what was sent */
  put(
    { archive, metadata }: Pick<HeldUpload, 'archive' | 'metadata'>,
    parts: readonly { readonly bytes: Buffer; readonly fingerprint: string }[],
    bytes: Buffer,
  ): void {
    const key = archiveKey('', archive);
    this.watch?.objectPut(key);
    const shown = this.#shown(parts, bytes);
    this.objects.set(key, { archive, bytes, metadata, lastModified: this.now(), shown });
  }

  putManifest(manifest: Manifest): void {
    const { key, database, backupId, createdAt } = manifest;
    const archive = { database, backupId, createdAt: new Date(createdAt) };
    const text = serializeManifest(manifest);
    this.watch?.manifestWritten(key, manifest);
    this.manifests.set(key, { archive, text, at: this.now() });
  }

  deleteManifest(key: string): void {
    if (this.manifests.has(key)) this.watch?.manifestDeleted(key);
    this.manifests.delete(key);
  }

  deleteObject(key: string): void {
    if (this.objects.has(key)) this.watch?.objectDeleted(key);
    this.objects.delete(key);
  }

  putLease(database: string, record: LeaseRecord): string {
    this.watch?.leaseWritten(database, record, this.leases.get(database));
    const version = this.fresh('lease');
    this.leases.set(database, { record, version, writtenAt: this.now() });
    return version;
  }

  removeLease(database: string): void {
    this.watch?.leaseRemoved(database, this.leases.get(database));
    this.leases.delete(database);
  }

  #shown(
    parts: readonly { readonly bytes: Buffer; readonly fingerprint: string }[],
    bytes: Buffer,
  ): HeldObject['shown'] {
    const count = parts.length;
    if (this.vouching === 'nothing')
      return { checksum: null, fingerprint: this.fresh('of-its-own-choosing'), parts: null };
    const md5 = createHash('md5')
      .update(Buffer.from(parts.map(({ fingerprint }) => fingerprint).join(''), 'hex'))
      .digest('hex');
    const fingerprint = `${md5}-${count}`;
    if (this.vouching === 'md5') return { checksum: null, fingerprint, parts: count };
    if (this.vouching === 'full-object') {
      return { checksum: { ...digestOf('CRC32', bytes), kind: 'full-object' }, fingerprint, parts: count };
    }
    const checksum = compositeChecksum(
      'CRC32',
      parts.map((part) => digestOf('CRC32', part.bytes)),
    );
    return { checksum, fingerprint, parts: count };
  }
}

function listedAs(key: string, archive: ArchiveIdentity, size: number, at: number): ListedObject {
  return { ...inWholeSeconds(archive), key, size, lastModified: new Date(at) };
}

/** As the key says it. */
function inWholeSeconds({ database, createdAt, backupId }: ArchiveIdentity): ArchiveIdentity {
  return { database, createdAt: new Date(Math.floor(createdAt.getTime() / 1000) * 1000), backupId };
}

function newest(a: ListedObject, b: ListedObject): number {
  return +b.createdAt - +a.createdAt || (a.backupId < b.backupId ? 1 : -1);
}
