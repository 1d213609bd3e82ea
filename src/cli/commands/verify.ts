import type { Config } from '../../config/schema/config.ts';
import { newestFirst } from '../../model/archive-key.ts';
import { ArchiverError } from '../../model/errors.ts';
import type { ArchiveStore, ListedObject } from '../../ports/archive-store.ts';
import { locateArchive } from '../../recovery/find-archive.ts';
import { lostArchives } from '../../recovery/verify/lost-archives.ts';
import { type Verifying, verifyArchives } from '../../recovery/verify/verify-archives.ts';
import type { AppContext } from '../app-context.ts';
import { openReading } from '../archive-reading.ts';
import { EXIT } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { whileNotifying } from '../open-notifier.ts';
import { type Print, printInPieces } from '../render/print-in-pieces.ts';
import { verifyJson, verifyTable } from '../render/verify-report.ts';
import { screenWidth } from '../screen-width.ts';
import { usageError } from '../usage-error.ts';
import { type DueVerifying, isAllWell, verifyDue } from '../verify-due.ts';
import { withStore } from '../with-store.ts';

/**
 * `verify`: the archives against their manifests; with `--deep` each byte is read back.
 * @returns the exit code: 1 when any of them is wrong, or could not be looked at
 */
export async function verifyVerb(
  config: Config,
  invocation: Invocation,
  context: AppContext,
  print: Print,
): Promise<number> {
  const cron = invocation.due ? cronOf(config, invocation) : undefined;
  return withStore(config, context, async (store, signal) => {
    if (cron !== undefined) return verifyShare({ config, cron, context, store }, invocation, print, signal);
    const archives = await chosenArchives(store, invocation, signal);
    const { deep } = invocation;
    const { log, clock, version } = context;
    const open: Verifying['open'] = (found, ownLog) => openReading(found, store, ownLog, { config, context });
    const verdicts = await verifyArchives({ store, deep, open, clock, log, version }, archives, signal);
    await printInPieces(
      invocation.json ? verifyJson(verdicts) : verifyTable(verdicts, deep, screenWidth(context)),
      print,
      signal,
    );
    return verdicts.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
  });
}

/** The share that is due: as the daemon reads it, with its notification. */
async function verifyShare(
  { config, cron, context, store }: Omit<DueVerifying, 'databases' | 'trigger'>,
  { databases, json }: Invocation,
  print: Print,
  signal: AbortSignal,
): Promise<number> {
  const read = async (notified: AppContext) => {
    const due = { config, cron, context: notified, store, databases, trigger: 'verify' };
    const verdicts = await verifyDue(due, signal);
    const report = json ? verifyJson(verdicts) : verifyTable(verdicts, true, screenWidth(context));
    await printInPieces(report, print, signal);
    return isAllWell(verdicts) ? EXIT.done : EXIT.failed;
  };
  return whileNotifying(config, context, read, signal);
}

/** @throws ArchiverError `usage.invalid` where `--due` does not fit what else is given */
function cronOf({ verify }: Config, { deep, operands, newest }: Invocation): string {
  if (!deep) throw usageError('--due reads archives back: write verify --deep --due');
  if (operands.length > 0 || newest !== undefined) {
    throw usageError('--due chooses the archives by itself: it goes with --database only');
  }
  if (verify.cron !== undefined) return verify.cron;
  throw usageError(
    '--due needs verify.cron (VERIFY_CRON): its slots say how much is due in each; nothing is started by it here',
  );
}

/** Those that are named; else those of the databases that are named, or of all, also what only its manifest is left of. Newest first. */
async function chosenArchives(
  store: ArchiveStore,
  { operands, databases, newest }: Invocation,
  signal: AbortSignal,
): Promise<ListedObject[]> {
  if (operands.length > 0 && (databases.length > 0 || newest !== undefined)) {
    throw usageError('verify takes archives by name, or --database and --newest, and not both');
  }
  if (operands.length > 0) return Promise.all(operands.map((text) => locateArchive(store, text, signal)));
  const only = databases.length === 1 ? databases[0] : undefined;
  const listing = await store.list(only, signal);
  const all = [...listing.archives, ...lostArchives(store, listing)].sort(newestFirst);
  const wanted = all.filter(({ database }) => databases.length === 0 || databases.includes(database));
  const without = databases.filter((name) => !wanted.some(({ database }) => database === name));
  if (without.length > 0) {
    throw new ArchiverError('archive.not_found', `there is no archive of ${without.join(', ')}`, {
      hint: '`backup-archiver list` shows what there is.',
    });
  }
  if (newest === undefined) return wanted;
  const taken = new Map<string, number>();
  return wanted.filter(({ database }) => {
    const count = (taken.get(database) ?? 0) + 1;
    taken.set(database, count);
    return count <= newest;
  });
}
