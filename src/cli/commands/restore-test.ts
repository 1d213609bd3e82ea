import type { Config } from '../../config/schema/config.ts';
import { ArchiverError } from '../../model/errors.ts';
import { type DatabaseServer, parseServerUrl, type RestorableEngine } from '../../model/server-url.ts';
import type { ArchiveStore, ListedObject } from '../../ports/archive-store.ts';
import { locateArchive } from '../../recovery/find-archive.ts';
import { reportFiles, writeReport } from '../../recovery/restore/report/write-report.ts';
import { type RestoringAll, restoreArchives } from '../../recovery/restore/restore-archives.ts';
import type { AppContext } from '../app-context.ts';
import { openReading } from '../archive-reading.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { type Print, printInPieces } from '../render/print-in-pieces.ts';
import { restoreTable } from '../render/restore-table.ts';
import { screenWidth } from '../screen-width.ts';
import { usageError } from '../usage-error.ts';
import { withStore } from '../with-store.ts';

type Servers = RestoringAll['place']['servers'];

/**
 * `restore-test`: archives restored by the engines' own tools, each into a database that is made for it and dropped; or
 * with `--into` one of them into an empty database of the user's.
 * @returns the exit code: 1 when any of them could not be restored
 */
export async function restoreTestVerb(
  config: Config,
  invocation: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  const servers = serversOf(config, invocation, context);
  const named = invocation.operands.length > 0 || invocation.databases.length > 0;
  const files = invocation.report === undefined ? [] : reportFiles(invocation.report);
  return withStore(config, context, async (store, signal) => {
    const archives = await chosenArchives(store, invocation, config, signal);
    const { log, clock, version } = context;
    const open: RestoringAll['open'] = (found, ownLog) =>
      openReading(found, store, ownLog, { config, context });
    const place = { servers, keep: invocation.keep === true, jobs: invocation.jobs ?? 1 };
    const restoring = { store, place, named, open, clock, log, version };
    const verdicts = await restoreArchives(restoring, archives, signal);
    await printInPieces(restoreTable(verdicts, screenWidth(context)), print, signal);
    await writeReport(files, verdicts, { version, at: clock.now() });
    const failed = verdicts.some((verdict) => !verdict.ok && !verdict.isSkipped);
    // Nothing was shown where all were passed over.
    return failed || !verdicts.some(({ ok }) => ok) ? EXIT.failed : EXIT.done;
  });
}

/** @throws ArchiverError `usage.invalid` */
function serversOf(
  { restoreTest }: Config,
  { into, keep, operands, databases }: Invocation,
  { scrubber }: AppContext,
): Servers {
  if (operands.length > 0 && databases.length > 0) {
    throw usageError('restore-test takes an archive by name, or --database, and not both');
  }
  if (into === undefined) {
    if (keep) throw usageError('--keep goes with --into: the database of a test is dropped');
    const { postgresqlUrl, mysqlUrl } = restoreTest;
    if (postgresqlUrl === undefined && mysqlUrl === undefined) {
      throw usageError(
        'restore-test has no server to restore to: set restoreTest.postgresqlUrl (RESTORE_TEST_POSTGRESQL_URL) or restoreTest.mysqlUrl (RESTORE_TEST_MYSQL_URL), or give --into URL --keep',
      );
    }
    return { ...serverOf(postgresqlUrl), ...serverOf(mysqlUrl) };
  }
  if (!keep) throw usageError('--into loads a database that stays: add --keep to say that it is meant');
  if (operands.length + databases.length !== 1) {
    throw usageError('--into takes one archive: name it, as in `restore-test shop-db --into URL --keep`');
  }
  const server = parseServerUrl(into);
  if (typeof server === 'string') throw usageError(`the URL of --into ${server}`);
  if (server.database === undefined)
    throw usageError('the URL of --into names no database: write it as postgresql://user@host/DATABASE');
  for (const secret of [server.password, URL.parse(into)?.password]) if (secret) scrubber.add(secret);
  hideArguments();
  return { [server.engine]: server };
}

/** A configured URL was checked when it was read. */
function serverOf(url: string | undefined): Partial<Record<RestorableEngine, DatabaseServer>> {
  const server = url === undefined ? undefined : parseServerUrl(url);
  return server === undefined || typeof server === 'string' ? {} : { [server.engine]: server };
}

/** A URL on the command line may have a password, and every user of the machine may read that of each process. */
function hideArguments(): void {
  process.title = 'backup-archiver restore-test';
}

/** The one that is named; else the newest of each database that is named, or configured, or in the bucket. */
async function chosenArchives(
  store: ArchiveStore,
  { operands: [text], databases }: Invocation,
  config: Config,
  signal: AbortSignal,
): Promise<ListedObject[]> {
  if (text !== undefined) return [await locateArchive(store, text, signal)];
  const { archives } = await store.list(databases.length === 1 ? databases[0] : undefined, signal);
  // Newest first.
  const newest = new Map(archives.toReversed().map((archive) => [archive.database, archive]));
  const configured = config.databases.map(({ name }) => name);
  const wanted =
    databases.length > 0 ? databases : configured.length > 0 ? configured : [...newest.keys()].sort();
  const found = [...new Set(wanted)].map((name) => newest.get(name) ?? name);
  const without = found.filter((each) => typeof each === 'string');
  if (without.length > 0 || found.length === 0) {
    throw new ArchiverError(
      'archive.not_found',
      `there is no archive${without.length > 0 ? ` of ${without.join(', ')}` : ''}`,
      {
        hint: '`backup-archiver list` shows what there is.',
      },
    );
  }
  return found.filter((each) => typeof each !== 'string');
}
