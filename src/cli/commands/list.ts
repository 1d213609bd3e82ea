import { mapBounded } from '../../concurrency/map-bounded.ts';
import type { Config } from '../../config/schema/config.ts';
import type { ArchiveStore, ListedObject } from '../../ports/archive-store.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { reportBadManifest } from '../../run/refuse-foreign.ts';
import { type AppContext, openStore } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { type DescribedArchive, listJson, listTable } from '../render/archive-list.ts';
import { type Print, printInPieces } from '../render/print-in-pieces.ts';
import { screenWidth } from '../screen-width.ts';

/** Manifests that are read at once: a list of years is then a matter of seconds, and no burst for the store. */
const READ_AT_ONCE = 16;

/**
 * `list`: the archives in the bucket, newest first; those of databases that are no longer configured too.
 * @returns the exit code
 */
export async function listVerb(
  config: Config,
  { databases, json }: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  const { signal } = new AbortController();
  const store = openStore(config, context);
  try {
    const only = databases.length === 1 ? databases[0] : undefined;
    const { archives } = await store.list(only, signal);
    const wanted = archives.filter(({ database }) => databases.length === 0 || databases.includes(database));
    // Nothing is printed before all is known: half a list must not look like a whole one.
    const lines = json
      ? listJson(await describeArchives(store, wanted, context.log, signal))
      : listTable(wanted, context.clock.now(), screenWidth(context));
    await printInPieces(lines, print, signal);
    return EXIT.done;
  } finally {
    store.close();
  }
}

/**
 * The archives with their manifests, in the same order, less those that were deleted since the listing. A manifest that
 * cannot be used is logged.
 * @throws StoreError
 */
export async function describeArchives(
  store: Pick<ArchiveStore, 'readManifest'>,
  archives: readonly ListedObject[],
  log: EventLog,
  signal: AbortSignal,
): Promise<DescribedArchive[]> {
  const described = await mapBounded(
    archives,
    READ_AT_ONCE,
    (archive, reading) => describe(store, archive, log, reading),
    signal,
  );
  return described.filter((each) => each !== undefined);
}

async function describe(
  store: Pick<ArchiveStore, 'readManifest'>,
  archive: ListedObject,
  log: EventLog,
  signal: AbortSignal,
): Promise<DescribedArchive | undefined> {
  try {
    const manifest = await store.readManifest(archive, signal);
    return manifest && { archive, manifest };
  } catch (error) {
    reportBadManifest(log.child({ database: archive.database }), archive, error);
    return { archive, manifest: undefined };
  }
}
