import type { DatabaseServer } from '../../../model/server-url.ts';
import { notEmpty, serverFailed, toolTooOld } from '../restore-error.ts';
import { makeScratchDatabase, type ScratchServer } from '../scratch-database.ts';
import { isScratchName, lockKeys } from '../scratch-name.ts';
import type { FoundDump, Opening, RestoreTarget } from '../target.ts';
import { findProgram } from '../tools/program.ts';
import { versionOf } from '../tools/run-script.ts';
import { PostgresqlTarget } from './postgresql-target.ts';
import { MAINTENANCE, Psql } from './psql.ts';
import { createDatabase, dropDatabase, FIND_LEFT, FIND_OBJECTS, SERVER, takeLock } from './statements.ts';

/**
 * Makes a database that a dump can be restored into, after it has dropped what a killed test has left.
 * @throws ArchiverError `restore.tool_missing`, `restore.server_failed`, `restore.not_empty`
 */
export async function openPostgresql(
  opening: Opening,
  dump: FoundDump,
  signal: AbortSignal,
): Promise<RestoreTarget> {
  const { server, keep } = opening;
  const [pgRestore, client] = [await findProgram('pg_restore'), await findProgram('psql')];
  const psql = new Psql(client, server);
  const tools = requireKnown([await versionOf(pgRestore, signal), await versionOf(client, signal)]);
  const maintenance = server.database ?? MAINTENANCE;
  const [facts = ''] = await psql.run(maintenance, SERVER, signal);
  const [serverVersion = '', messages = '', isSuperuser] = facts.split('\t');
  // pg_restore's own words are English; the server's too, where its user may choose them.
  const isForeign = !/^(?:|C|POSIX|en)(?:[._]|$)/.test(messages);
  const options = isForeign && isSuperuser === 'on' ? { PGOPTIONS: '-c lc_messages=C' } : {};
  const common = { ...opening, dump, psql, pgRestore, tools, serverVersion, options };
  if (keep) {
    const database = await requireEmpty(psql, server, signal);
    return PostgresqlTarget.begin({ ...common, database, dispose: async () => {} });
  }
  const scratch = await makeScratchDatabase(scratchServer(psql, maintenance), opening.onLeft, signal);
  try {
    return await PostgresqlTarget.begin({ ...common, database: scratch.name, dispose: scratch.drop });
  } catch (error) {
    await scratch.drop().catch((failure: unknown) => opening.onLeft(scratch.name, failure));
    throw error;
  }
}

/** The oldest pg_restore whose messages are known here; it is out of its own support. */
const OLDEST = 12;

/** @throws ArchiverError `restore.tool_too_old` */
function requireKnown(tools: readonly string[]): readonly string[] {
  for (const tool of tools) {
    const [, major] = /(\d+)(?:\.\d+)*(?:\D|$)/.exec(tool) ?? [];
    if (Number(major) < OLDEST) throw toolTooOld(tool, `the oldest that is known here is ${OLDEST}`);
  }
  return tools;
}

/** @throws ArchiverError `restore.not_empty` */
async function requireEmpty(psql: Psql, server: DatabaseServer, signal: AbortSignal): Promise<string> {
  const { database } = server;
  if (database === undefined) throw serverFailed(server, 'the URL names no database');
  const objects = await psql.run(database, FIND_OBJECTS, signal);
  if (objects.length > 0) throw notEmpty(server, objects.map((row) => row.replace('\t', ' ')).join(', '));
  return database;
}

function scratchServer(psql: Psql, maintenance: string): ScratchServer {
  return {
    async findLeft(signal) {
      const rows = (await psql.run(maintenance, FIND_LEFT, signal)).map((row) => row.split('\t'));
      const of = (kind: string) => rows.filter(([first]) => first === kind).map(([, value = '']) => value);
      const held = new Set(of('lock'));
      return of('database').filter((name) => isScratchName(name) && !held.has(lockKeys(name).join(' ')));
    },
    hold: (name, signal) => psql.hold(maintenance, takeLock(name), signal),
    async create(name, signal) {
      await psql.run(maintenance, createDatabase(name), signal);
    },
    async drop(name, signal, within) {
      await psql.run(maintenance, dropDatabase(name), signal, within);
    },
  };
}
