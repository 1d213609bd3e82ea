import { mapBounded } from '../../concurrency/map-bounded.ts';
import { toArchiverError } from '../../model/errors.ts';
import { lastLooks } from '../../model/last-verified.ts';
import type { ArchiveListing, ArchiveStore } from '../../ports/archive-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { NewestArchive, RunMetrics } from './run-metrics.ts';
import type { SeenArchive, VerifyMetrics } from './verify-metrics.ts';

/** What was deleted or archived by another process shows within this time. Milliseconds. */
const LOOK_EVERY = 3_600_000;
/** After a look that failed. */
const LOOK_AGAIN = 60_000;
/** Databases that are asked about at once. */
const AT_ONCE = 4;

export interface BucketWatch {
  readonly store: Pick<ArchiveStore, 'list' | 'readManifest' | 'readVerification'>;
  readonly databases: readonly string[];
  readonly metrics: RunMetrics;
  readonly verifications: VerifyMetrics;
  readonly clock: Clock;
  readonly log: EventLog;
  /** Called when a database has been looked at for the first time. */
  readonly onSeen: (database: string) => void;
}

/**
 * Keeps the facts of the newest archives, and of what was read back, as the bucket has them: known from the start, from the bucket alone,
 * and looked at again every hour. A bucket that cannot be read is asked again after a minute.
 * @throws only the signal's reason
 */
export async function watchBucket(watch: BucketWatch, signal: AbortSignal): Promise<void> {
  let unseen = watch.databases;
  const known: Known = new Map();
  for (;;) {
    unseen = await look(watch, unseen, known, signal);
    await watch.clock.sleep(unseen.length > 0 ? LOOK_AGAIN : LOOK_EVERY, signal);
    if (unseen.length === 0) unseen = watch.databases;
  }
}

/** @returns the databases that could not be looked at */
async function look(
  watch: BucketWatch,
  databases: readonly string[],
  known: Known,
  signal: AbortSignal,
): Promise<string[]> {
  const failed: string[] = [];
  const queue = databases.values();
  const work = async () => {
    for (const database of queue) {
      try {
        const listing = await lookAt(watch, database, signal);
        // There may be thousands of them: nothing waits for what each says.
        watch.onSeen(database);
        await lookAtVerifications(watch, database, listing, known, signal);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        failed.push(database);
        watch.log.warn(
          'metrics.bucket_unread',
          { database, error: toArchiverError(error) },
          `${database}: the bucket cannot say how its archives are: asking again`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, databases.length) }, work));
  return failed;
}

async function lookAt(
  { store, metrics }: BucketWatch,
  database: string,
  signal: AbortSignal,
): Promise<ArchiveListing> {
  const before = metrics.archivedSoFar(database);
  const listing = await store.list(database, signal);
  const { archives } = listing;
  const newest = archives[0];
  const seen: NewestArchive | undefined =
    newest === undefined
      ? undefined
      : {
          createdAt: newest.createdAt.getTime(),
          size: newest.size,
          archivedAt: await archivedAt(store, newest, signal),
        };
  // What was archived in the meantime may be missing from the listing; its own event has reported it.
  if (metrics.archivedSoFar(database) === before) metrics.bucketShows(database, seen);
  return listing;
}

/** What was found of each archive that was read back, by its key: read again where it was written again. */
type Known = Map<string, Map<string, SeenArchive>>;

async function lookAtVerifications(
  { store, verifications }: BucketWatch,
  database: string,
  { archives, dangling }: ArchiveListing,
  known: Known,
  signal: AbortSignal,
): Promise<void> {
  const before = known.get(database);
  const seen = await mapBounded(
    archives,
    AT_ONCE,
    async (archive, ended): Promise<SeenArchive> => {
      if (archive.verifiedAt === undefined) return { archive, looks: lastLooks(undefined) };
      const old = before?.get(archive.key);
      if (old?.archive.verifiedAt?.getTime() === archive.verifiedAt.getTime()) return old;
      return { archive, looks: lastLooks(await store.readVerification(archive, ended)) };
    },
    signal,
  );
  known.set(database, new Map(seen.map((each) => [each.archive.key, each])));
  verifications.bucketShows(database, seen, dangling.length);
}

/** A manifest that cannot be read is for `verify` to tell: that the archive is there is known without it. */
async function archivedAt(
  store: BucketWatch['store'],
  newest: Parameters<ArchiveStore['readManifest']>[0],
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const manifest = await store.readManifest(newest, signal);
    return manifest === undefined ? undefined : Date.parse(manifest.archivedAt);
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
