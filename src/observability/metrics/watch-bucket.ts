import { toArchiverError } from '../../model/errors.ts';
import type { ArchiveStore } from '../../ports/archive-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { EventLog } from '../../ports/event-log.ts';
import type { NewestArchive, RunMetrics } from './run-metrics.ts';

/** What was deleted or archived by another process shows within this time. Milliseconds. */
const LOOK_EVERY = 3_600_000;
/** After a look that failed. */
const LOOK_AGAIN = 60_000;
/** Databases that are asked about at once. */
const AT_ONCE = 4;

export interface BucketWatch {
  readonly store: Pick<ArchiveStore, 'list' | 'readManifest'>;
  readonly databases: readonly string[];
  readonly metrics: RunMetrics;
  readonly clock: Clock;
  readonly log: EventLog;
  /** Called when a database has been looked at for the first time. */
  readonly onSeen: (database: string) => void;
}

/**
 * Keeps the facts of the newest archives as the bucket has them: known from the start, from the bucket alone,
 * and looked at again every hour. A bucket that cannot be read is asked again after a minute.
 * @throws only the signal's reason
 */
export async function watchBucket(watch: BucketWatch, signal: AbortSignal): Promise<void> {
  let unseen = watch.databases;
  for (;;) {
    unseen = await look(watch, unseen, signal);
    await watch.clock.sleep(unseen.length > 0 ? LOOK_AGAIN : LOOK_EVERY, signal);
    if (unseen.length === 0) unseen = watch.databases;
  }
}

/** @returns the databases that could not be looked at */
async function look(
  watch: BucketWatch,
  databases: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const failed: string[] = [];
  const queue = databases.values();
  const work = async () => {
    for (const database of queue) {
      try {
        await lookAt(watch, database, signal);
        watch.onSeen(database);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        failed.push(database);
        watch.log.warn(
          'metrics.bucket_unread',
          { database, error: toArchiverError(error) },
          `${database}: the bucket cannot say which archive is the newest: asking again`,
        );
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, databases.length) }, work));
  return failed;
}

async function lookAt({ store, metrics }: BucketWatch, database: string, signal: AbortSignal): Promise<void> {
  const before = metrics.archivedSoFar(database);
  const { archives } = await store.list(database, signal);
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
