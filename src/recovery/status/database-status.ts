import { mapBounded } from '../../concurrency/map-bounded.ts';
import { hasCode, hasKind } from '../../model/errors.ts';
import { isDamaged, isUnverified, lastLooks } from '../../model/last-verified.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { RestoredRecord, Verification } from '../../model/verification.ts';
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

/** An archive, and what was found when it was read back last. */
export interface VerifiedArchive {
  readonly of: ListedObject;
  readonly at: Date;
  readonly found: Verification;
}

/** An archive that was restored for a try, and what came out. */
export interface RestoredArchive {
  readonly of: ListedObject;
  readonly record: RestoredRecord;
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
  readonly verification: VerifiedArchive | undefined;
  /** Archives whose last verification found them wrong, newest first. */
  readonly damaged: readonly VerifiedArchive[];
  /** Archives that were not found whole for too long; damaged ones are not among them. */
  readonly unverified: number;
  /** `undefined`: the keys may not list them. */
  readonly uploads: readonly UploadStatus[] | undefined;
  /** Where the store contradicted itself about what there is. */
  readonly doubt: string | undefined;
  /** Manifests whose object is gone. */
  readonly lost: number;
  /** Who works on it now, or has died at it: see its `renewedAt`. */
  readonly lease: LeaseRecord | undefined;
  /** The last restore test of any archive. */
  readonly restoreTest: RestoredArchive | undefined;
}

export interface Looking {
  readonly store: Pick<
    ArchiveStore,
    'list' | 'readManifest' | 'readVerification' | 'listUploads' | 'resumeUpload'
  > & { readonly leases: Pick<LeaseStore, 'readLease'> };
  /** Configured databases: one without an archive is looked at too. */
  readonly databases: readonly string[];
  readonly sizeDrop: number;
  /** Milliseconds after which an archive is unverified; `undefined`: never. */
  readonly unverifiedAfter?: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
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
      const own = {
        archives: archives.get(database) ?? [],
        dangling: dangling.get(database) ?? [],
        doubt: listing.doubt,
      };
      return lookAtOne(looking, database, own, ended);
    },
    signal,
  );
}

async function lookAtOne(
  { store, sizeDrop, unverifiedAfter, now }: Looking,
  database: string,
  {
    archives,
    dangling,
    doubt,
  }: Pick<ArchiveListing, 'archives' | 'dangling'> & { doubt: string | undefined },
  signal: AbortSignal,
): Promise<DatabaseStatus> {
  const [newest] = archives;
  const sizes = archives.map(({ size }) => size);
  const verified = await verificationsOf(store, archives, signal);
  const looks = new Map(verified.map(({ of, found }) => [of, lastLooks(found)]));
  return {
    database,
    archives: archives.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    newest,
    manifest: newest === undefined ? undefined : await readManifest(store, newest, signal),
    suspicious: sizeAlarm(sizes, sizeDrop),
    verification: verified.toSorted((one, other) => other.at.getTime() - one.at.getTime())[0],
    damaged: verified.filter(({ found }) => isDamaged(lastLooks(found))),
    unverified: archives.filter((archive) =>
      isUnverified(archive, looks.get(archive) ?? lastLooks(undefined), unverifiedAfter, now),
    ).length,
    uploads: await uploadsOf(store, database, signal),
    doubt,
    lost: dangling.length,
    lease: (await store.leases.readLease(database, signal))?.record ?? undefined,
    restoreTest: lastRestoreTest(verified),
  };
}

function lastRestoreTest(verified: readonly VerifiedArchive[]): RestoredArchive | undefined {
  return verified
    .flatMap(({ of, found: { restored } }) => (restored === null ? [] : [{ of, record: restored }]))
    .toSorted((one, other) => Date.parse(other.record.at) - Date.parse(one.record.at))[0];
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

/** Of each archive that has one. One of another archive that lay at its key says nothing. */
async function verificationsOf(
  store: Looking['store'],
  archives: readonly ListedObject[],
  signal: AbortSignal,
): Promise<VerifiedArchive[]> {
  const looked = archives.flatMap((of) => (of.verifiedAt === undefined ? [] : [{ of, at: of.verifiedAt }]));
  const read = await mapBounded(
    looked,
    AT_ONCE,
    async (each, ended) => ({ ...each, found: await store.readVerification(each.of, ended) }),
    signal,
  );
  return read.flatMap(({ of, at, found }) => (found === undefined ? [] : [{ of, at, found }]));
}

async function uploadsOf(
  store: Looking['store'],
  database: string,
  signal: AbortSignal,
): Promise<UploadStatus[] | undefined> {
  try {
    const uploads = await store.listUploads(database, signal);
    const found = await mapBounded(uploads, 1, (upload, ended) => progressOf(store, upload, ended), signal);
    return found.filter((each) => each !== undefined);
  } catch (error) {
    if (hasKind(error, 'forbidden')) return undefined;
    throw error;
  }
}

/** `undefined` where a run has completed it meanwhile. */
async function progressOf(
  store: Looking['store'],
  upload: UnfinishedUpload,
  signal: AbortSignal,
): Promise<UploadStatus | undefined> {
  try {
    const parts = await store.resumeUpload(upload, { mustBeNew: true }).listParts(signal);
    const bytes = parts.reduce((sum, { size }) => sum + size, 0);
    return { key: upload.key, startedAt: upload.initiatedAt, bytes };
  } catch (error) {
    if (hasKind(error, 'upload-gone')) return undefined;
    throw error;
  }
}
