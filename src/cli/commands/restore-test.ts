import type { Config } from '../../config/schema/config.ts';
import { parseServerUrl } from '../../model/server-url.ts';
import { locateArchive } from '../../recovery/find-archive.ts';
import { reportFiles, requireRoomFor, writeReport } from '../../recovery/restore/report/write-report.ts';
import { restoreArchives } from '../../recovery/restore/restore-archives.ts';
import type { AppContext } from '../app-context.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { whileNotifying } from '../open-notifier.ts';
import { type Print, printInPieces } from '../render/print-in-pieces.ts';
import { restoreTable } from '../render/restore-table.ts';
import {
  configuredServers,
  newestArchives,
  restoreNewest,
  restoringWith,
  type Servers,
} from '../restore-newest.ts';
import { screenWidth } from '../screen-width.ts';
import { usageError } from '../usage-error.ts';
import { withStore } from '../with-store.ts';

/**
 * `restore-test`: archives restored by the engines' own tools, each into a database that is made for it and dropped; or
 * with `--into` one of them into an empty database of the user's. Where none is chosen, as a CronJob calls it, it notifies of
 * faults as the daemon does.
 * @returns the exit code: 1 when any of them could not be restored
 */
export async function restoreTestVerb(
  config: Config,
  invocation: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  const servers = serversOf(config, invocation, context);
  const files = invocation.report === undefined ? [] : reportFiles(invocation.report);
  await requireRoomFor(files);
  return withStore(config, context, async (store, signal) => {
    const { operands, databases, keep = false, jobs = 1 } = invocation;
    const [text] = operands;
    const restoreChosen = async () => {
      const archives =
        text === undefined
          ? await newestArchives(store, databases, config, signal)
          : [await locateArchive(store, text, signal)];
      const restoring = restoringWith(store, { servers, keep, jobs }, true, { config, context });
      return restoreArchives(restoring, archives, signal);
    };
    const restoreAll = (notified: AppContext) =>
      restoreNewest(store, { config, context: notified, trigger: 'restore-test', jobs }, signal);
    const verdicts =
      text === undefined && databases.length === 0
        ? await whileNotifying(config, context, restoreAll, signal)
        : await restoreChosen();
    await printInPieces(restoreTable(verdicts, keep, screenWidth(context)), print, signal);
    await writeReport(files, verdicts, { version: context.version, at: context.clock.now() });
    const failed = verdicts.some((verdict) => !verdict.ok && !verdict.isSkipped);
    // Nothing was shown where all were passed over.
    return failed || !verdicts.some(({ ok }) => ok) ? EXIT.failed : EXIT.done;
  });
}

/** @throws ArchiverError `usage.invalid` */
function serversOf(
  config: Config,
  { into, keep, operands, databases }: Invocation,
  { scrubber }: AppContext,
): Servers {
  if (operands.length > 0 && databases.length > 0) {
    throw usageError('restore-test takes an archive by name, or --database, and not both');
  }
  if (into === undefined) {
    if (keep) throw usageError('--keep goes with --into: the database of a test is dropped');
    const { postgresqlUrl, mysqlUrl } = config.restoreTest;
    if (postgresqlUrl === undefined && mysqlUrl === undefined) {
      throw usageError(
        'restore-test has no server to restore to: set restoreTest.postgresqlUrl (RESTORE_TEST_POSTGRESQL_URL) or restoreTest.mysqlUrl (RESTORE_TEST_MYSQL_URL), or give --into URL --keep',
      );
    }
    return configuredServers(config);
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

/** A URL on the command line may have a password, and every user of the machine may read that of each process. */
function hideArguments(): void {
  process.title = 'backup-archiver restore-test';
}
