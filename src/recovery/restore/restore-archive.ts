import { ArchiverError, hasCode } from '../../model/errors.ts';
import type { DatabaseServer, RestorableEngine } from '../../model/server-url.ts';
import { formatDuration } from '../../text/duration.ts';
import type { DumpFile } from '../contents/dump-file.ts';
import { downloadStream } from '../download/download-stream.ts';
import type { Reading } from '../download/fetch-block.ts';
import { feedDump } from './feed-dump.ts';
import { openMysql } from './mysql/open-mysql.ts';
import { openPostgresql } from './postgresql/open-postgresql.ts';
import { doesNotRestore, noServer, serverLacks, unsupported } from './restore-error.ts';
import type { Counts, FoundDump, RestoreTarget } from './target.ts';
import { RESTORE_WITHIN } from './tools/run-script.ts';

/** Where archives are restored to. */
export interface RestorePlace {
  readonly servers: Readonly<Partial<Record<RestorableEngine, DatabaseServer>>>;
  /** Into the empty database that the server's URL names; it stays. */
  readonly keep: boolean;
  /** Parallel jobs, where the engine's tool has them; more than 1 need a file of the dump's size. */
  readonly jobs: number;
  /** A database of a test could not be dropped. */
  readonly onLeft: (database: string, error: unknown) => void;
}

/** What came out of an archive. */
export interface Restored extends Counts {
  readonly engine: RestorableEngine;
  readonly dump: FoundDump;
  /** The dump's own words, where its form is known. */
  readonly says: DumpFile['dump'];
  readonly serverVersion: string;
  readonly tools: readonly string[];
  readonly warnings: readonly string[];
}

/** Types of databases, as the source names them, whose dumps this program restores. */
const ENGINES: Readonly<Record<string, RestorableEngine>> = {
  postgresql: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
};

/**
 * What a manifest already says against a restore, before a byte is read; `undefined`: nothing. A manifest of no engine
 * says nothing: its dump will.
 */
export function objectionTo(key: string, engine: string | null, { servers }: RestorePlace) {
  if (engine === null) return undefined;
  const [family = ''] = engine.toLowerCase().split(/[-_ ]/);
  const known = Object.hasOwn(ENGINES, family) ? ENGINES[family] : undefined;
  if (known === undefined)
    return unsupported(key, `it is a backup of ${engine}, which cannot be restored by this program`);
  return servers[known] === undefined ? noServer(key, known) : undefined;
}

/**
 * Restores one archive from the bucket, without a copy on disk, and counts what came out.
 * @throws IntegrityError where the archive is at fault, another ArchiverError where it is not; the signal's reason
 */
export async function restoreArchive(
  reading: Reading,
  place: RestorePlace,
  signal: AbortSignal,
): Promise<Restored> {
  const late = AbortSignal.timeout(RESTORE_WITHIN);
  try {
    return await restoreWithin(reading, place, AbortSignal.any([signal, late]));
  } catch (error) {
    signal.throwIfAborted();
    if (!late.aborted) throw error;
    throw new ArchiverError(
      'restore.server_failed',
      `${reading.archive.key}: it was not restored within ${formatDuration(RESTORE_WITHIN)}`,
      { hint: 'Look at what the server did meanwhile; with --jobs N pg_restore works in parallel.' },
    );
  }
}

/** A dump, and the database that it goes into. */
interface Opened {
  readonly dump: FoundDump;
  readonly target: RestoreTarget;
}

async function restoreWithin(reading: Reading, place: RestorePlace, signal: AbortSignal): Promise<Restored> {
  const { key } = reading.archive;
  const over = new AbortController();
  let opening: Promise<Opened> | undefined;
  const open = async (dump: FoundDump) => {
    opening = openTarget(key, dump, place, AbortSignal.any([signal, over.signal]));
    return (await opening).target;
  };
  const { engineVersion } = reading.manifest;
  try {
    const files = await feedDump(key, downloadStream(reading, signal), open, signal);
    if (opening === undefined) throw unsupported(key, 'its dump is empty');
    const { dump, target } = await opening;
    const { warnings, statedTables } = await target.finish(signal);
    const counts = await target.count(signal);
    const says = files.find(({ name }) => name === dump.name)?.dump ?? null;
    requireTables(key, statedTables ?? (says?.format === 'postgresql' ? says.tables : 0), counts);
    const { tools, serverVersion } = target;
    return { ...counts, engine: dump.engine, dump, says, serverVersion, tools, warnings };
  } catch (error) {
    if (opening === undefined || !hasCode(error, 'restore.damaged')) throw error;
    throw ofOlderServer(error, engineVersion, await opening, place) ?? error;
  } finally {
    // A signal, or a fault of the bytes, ends the feeding while the database is still being made.
    over.abort();
    const opened = await opening?.catch(() => undefined);
    if (opened !== undefined) await close(opened.target, place);
  }
}

/** What an older server says of a statement that it does not know. */
const UNKNOWN = /syntax error|unrecognized|does not exist|not supported|unknown/i;

/** A server that is older than the one of the dump may not know what is in it. `undefined`: that is not it. */
function ofOlderServer(
  { message }: ArchiverError,
  version: string | null,
  { dump, target }: Opened,
  { servers }: RestorePlace,
): ArchiverError | undefined {
  const [ofDump, ofServer] = [Number.parseInt(version ?? '', 10), Number.parseInt(target.serverVersion, 10)];
  const server = servers[dump.engine];
  // MySQL and MariaDB count their versions apart.
  if (dump.engine !== 'postgresql' || server === undefined) return undefined;
  if (!(ofServer < ofDump) || !UNKNOWN.test(message)) return undefined;
  return serverLacks(server, [`version ${ofDump} (it has ${ofServer})`], message);
}

async function close(target: RestoreTarget, { onLeft }: RestorePlace): Promise<void> {
  try {
    await target[Symbol.asyncDispose]();
  } catch (error) {
    onLeft(target.database, error);
  }
}

/** Less than the dump says of itself is less than was in it. @throws IntegrityError `restore.damaged` */
function requireTables(key: string, stated: number, { tables }: Counts): void {
  if (tables.length >= stated) return;
  throw doesNotRestore(key, `its table of contents has ${stated} tables, and ${tables.length} came out`);
}

async function openTarget(
  key: string,
  dump: FoundDump,
  place: RestorePlace,
  signal: AbortSignal,
): Promise<Opened> {
  const server = place.servers[dump.engine];
  if (server === undefined) throw noServer(key, dump.engine);
  const opening = { ...place, key, server };
  const target = await (dump.engine === 'mysql'
    ? openMysql(opening, signal)
    : openPostgresql(opening, dump, signal));
  return { dump, target };
}
