import type { Config } from '../config/schema/config.ts';
import { ArchiverError, toArchiverError } from '../model/errors.ts';
import { type DatabaseServer, parseServerUrl, type RestorableEngine } from '../model/server-url.ts';
import type { ArchiveStore, ListedObject } from '../ports/archive-store.ts';
import {
  type RestoreVerdict,
  type RestoringAll,
  restoreArchives,
} from '../recovery/restore/restore-archives.ts';
import type { Adapters, AppContext } from './app-context.ts';
import { openReading } from './archive-reading.ts';
import { beginReported, faultOf } from './notified-fault.ts';

/** The servers that archives are restored to, by engine. */
export type Servers = RestoringAll['place']['servers'];

/** The servers of the configuration. */
export function configuredServers({ restoreTest: { postgresqlUrl, mysqlUrl } }: Config): Servers {
  return { ...serverOf(postgresqlUrl), ...serverOf(mysqlUrl) };
}

/** A configured URL was checked when it was read. */
function serverOf(url: string | undefined): Partial<Record<RestorableEngine, DatabaseServer>> {
  const server = url === undefined ? undefined : parseServerUrl(url);
  return server === undefined || typeof server === 'string' ? {} : { [server.engine]: server };
}

/** What archives are restored with. */
export function restoringWith(
  store: Adapters['store'],
  place: RestoringAll['place'],
  named: boolean,
  { config, context }: { readonly config: Config; readonly context: AppContext },
): RestoringAll {
  const { log, clock, version } = context;
  const open: RestoringAll['open'] = (found, ownLog) =>
    openReading(found, store, ownLog, { config, context });
  return { store, place, named, open, clock, log, version };
}

/**
 * The newest archive of each database that is named, or configured, or in the bucket. A database that was only just
 * configured has none, and keeps the others from nothing.
 * @throws ArchiverError `archive.not_found` where one that is named has none, or there is none at all
 */
export async function newestArchives(
  store: Pick<ArchiveStore, 'list'>,
  databases: readonly string[],
  config: Config,
  signal: AbortSignal,
): Promise<ListedObject[]> {
  const { archives } = await store.list(databases.length === 1 ? databases[0] : undefined, signal);
  // Newest first.
  const newest = new Map(archives.toReversed().map((archive) => [archive.database, archive]));
  const configured = config.databases.map(({ name }) => name);
  const byDefault = configured.length > 0 ? configured : [...newest.keys()].sort();
  const wanted = [...new Set(databases.length > 0 ? databases : byDefault)];
  const found = wanted.flatMap((name) => newest.get(name) ?? []);
  const without = databases.filter((name) => !newest.has(name));
  if (without.length === 0 && found.length > 0) return found;
  const of = without.length > 0 ? ` of ${without.join(', ')}` : '';
  throw new ArchiverError('archive.not_found', `there is no archive${of}`, {
    hint: '`backup-archiver list` shows what there is.',
  });
}

export interface NewestRestoring {
  readonly config: Config;
  readonly context: AppContext;
  /** For the log and what is reported: why it is done. */
  readonly trigger: string;
  /** Databases that are passed by. Default: none. */
  readonly without?: ReadonlySet<string>;
  /** Parallel jobs of `pg_restore`. Default: 1. */
  readonly jobs?: number | undefined;
}

/**
 * Restores the newest archive of each configured database to the configured servers, and reports what does not restore.
 * @throws what `newestArchives` throws; StoreError; the signal's reason
 */
export async function restoreNewest(
  store: Adapters['store'],
  { config, context, trigger, without, jobs = 1 }: NewestRestoring,
  signal: AbortSignal,
): Promise<RestoreVerdict[]> {
  const { log, report } = beginReported(context, 'restore.failed', trigger);
  try {
    const newest = await newestArchives(store, [], config, signal);
    const archives = newest.filter(({ database }) => !without?.has(database));
    const place = { servers: configuredServers(config), keep: false, jobs };
    const restoring = restoringWith(store, place, false, { config, context: { ...context, log } });
    const verdicts = await restoreArchives(restoring, archives, signal);
    const failed = verdicts.filter((each) => !each.ok && !each.isSkipped);
    report(
      verdicts.length,
      failed.flatMap((each) => (each.ok ? [] : [faultOf(each.archive.database, each.error)])),
    );
    return verdicts;
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toArchiverError(thrown);
    log.error('restore.failed', { error }, `no archive can be restored for a try: ${error.message}`);
    report(0, [faultOf('all databases', error)]);
    throw error;
  }
}
