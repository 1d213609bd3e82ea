import { mapBounded } from '../../concurrency/map-bounded.ts';
import { hasCode } from '../../model/errors.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Verification } from '../../model/verification.ts';
import type {
  ArchiveListing,
  ArchiveStore,
  ListedObject,
  UnfinishedUpload,
} from '../../ports/archive-store.ts';
import type { LeaseRecord, LeaseStore } from '../../ports/lease.ts';
import { type SizeAlarm, sizeAlarm } from '../../retention/size-alarm.ts';

/** An upload that is under way, or that a run has left. */
export interface UploadStatus {
  readonly key: string;
  readonly startedAt: Date;
  /** Bytes that the store has of it. */
  readonly bytes: number;
}

/** What the bucket tells of one database. */
export interface DatabaseStatus {
  readonly database: string;
  readonly archives: number;
  /** Of all its archives. */
  readonly bytes: number;
  readonly newest: ListedObject | undefined;
  /** Of the newest; `undefined` where it cannot be used. */
  readonly manifest: Manifest | undefined;
  /** Where the newest is far smaller than those before it. */
  readonly suspicious: SizeAlarm | undefined;
  /** The last one of any archive, and when it was written. */
  readonly verification:
    | { readonly at: Date; readonly of: ListedObject; readonly found: Verification }
    | undefined;
  readonly uploads: readonly UploadStatus[];
  /** Manifests whose object is gone. */
  readonly lost: number;
  /** Who works on it now; a lease whose holder has died shows for half a minute. */
  readonly lease: LeaseRecord | undefined;
}

export interface Looking {
  readonly store: Pick<
    ArchiveStore,
    'list' | 'readManifest' | 'readVerification' | 'listUploads' | 'resumeUpload'
  > & { readonly leases: Pick<LeaseStore, 'readLease'> };
  /** Configured databases: one without an archive is looked at too. */
  readonly databases: readonly string[];
  readonly sizeDrop: number;
}

/** Databases that are looked at at once. */
const AT_ONCE = 8;

/**
 * Looks at every database of the bucket and of the configuration: one listing for all, and a few requests each.
 * @returns by name
 * @throws StoreError; the signal's reason
 */
export async function lookAtDatabases(looking: Looking, signal: AbortSignal): Promise<DatabaseStatus[]> {
  const listing = await looking.store.list(undefined, signal);
  const of = (objects: readonly ListedObject[]) => Map.groupBy(objects, ({ database }) => database);
  const archives = of(listing.archives);
  const dangling = of(listing.dangling);
  const names = [...new Set([...looking.databases, ...archives.keys(), ...dangling.keys()])].sort();
  return mapBounded(
    names,
    AT_ONCE,
    (database, ended) => {
      const own = { archives: archives.get(database) ?? [], dangling: dangling.get(database) ?? [] };
      return lookAtOne(looking, database, own, ended);
    },
    signal,
  );
}

async function lookAtOne(
  { store, sizeDrop }: Looking,
  database: string,
  { archives, dangling }: Pick<ArchiveListing, 'archives' | 'dangling'>,
  signal: AbortSignal,
): Promise<DatabaseStatus> {
  const [newest] = archives;
  const sizes = archives.map(({ size }) => size);
  const uploads = await store.listUploads(database, signal);
  return {
    database,
    archives: archives.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    newest,
    manifest: newest === undefined ? undefined : await readManifest(store, newest, signal),
    suspicious: sizeAlarm(sizes, sizeDrop),
    verification: await lastVerification(store, archives, signal),
    uploads: await mapBounded(uploads, 1, (upload, ended) => progressOf(store, upload, ended), signal),
    lost: dangling.length,
    lease: (await store.leases.readLease(database, signal))?.record ?? undefined,
  };
}

async function readManifest(
  store: Looking['store'],
  archive: ListedObject,
  signal: AbortSignal,
): Promise<Manifest | undefined> {
  try {
    return await store.readManifest(archive, signal);
  } catch (error) {
    if (hasCode(error, 'manifest.invalid')) return undefined;
    throw error;
  }
}

async function lastVerification(
  store: Looking['store'],
  archives: readonly ListedObject[],
  signal: AbortSignal,
): Promise<DatabaseStatus['verification']> {
  const [last] = archives
    .flatMap((of) => (of.verifiedAt === undefined ? [] : [{ of, at: of.verifiedAt }]))
    .sort((a, b) => b.at.getTime() - a.at.getTime());
  const found = last && (await store.readVerification(last.of, signal));
  return found && last && { ...last, found };
}

async function progressOf(
  store: Looking['store'],
  upload: UnfinishedUpload,
  signal: AbortSignal,
): Promise<UploadStatus> {
  const parts = await store.resumeUpload(upload, { mustBeNew: true }).listParts(signal);
  const bytes = parts.reduce((sum, { size }) => sum + size, 0);
  return { key: upload.key, startedAt: upload.initiatedAt, bytes };
}
