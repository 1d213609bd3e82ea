import type { DatabaseServer } from '../../../model/server-url.ts';
import { notEmpty, serverFailed } from '../restore-error.ts';
import { makeScratchDatabase } from '../scratch-database.ts';
import type { Opening, RestoreTarget } from '../target.ts';
import { findProgram } from '../tools/program.ts';
import { versionOf } from '../tools/run-script.ts';
import { MysqlClient } from './client.ts';
import { MysqlTarget } from './mysql-target.ts';
import { scratchServer } from './scratch-server.ts';
import { COUNT_OBJECTS, SERVER } from './statements.ts';

/**
 * Makes a database that a dump can be restored into, after it has dropped what a killed test has left.
 * @throws ArchiverError `restore.tool_missing`, `restore.server_failed`, `restore.not_empty`
 */
export async function openMysql(opening: Opening, signal: AbortSignal): Promise<RestoreTarget> {
  const { server, keep } = opening;
  const program = await findProgram('mariadb', 'mysql');
  const version = await versionOf(program, signal);
  const client = new MysqlClient(program, version, server);
  const [serverVersion = ''] = await client.run(undefined, SERVER, signal);
  const common = { ...opening, client, tools: [version], serverVersion };
  if (keep) {
    const database = await requireEmpty(client, server, signal);
    return new MysqlTarget({ ...common, database, dispose: async () => {} });
  }
  const scratch = await makeScratchDatabase(scratchServer(client), opening.onLeft, signal);
  return new MysqlTarget({ ...common, database: scratch.name, dispose: scratch.drop });
}

/** @throws ArchiverError `restore.not_empty` */
async function requireEmpty(
  client: MysqlClient,
  server: DatabaseServer,
  signal: AbortSignal,
): Promise<string> {
  const { database } = server;
  if (database === undefined) throw serverFailed(server, 'the URL names no database');
  const kinds = (await client.run(database, COUNT_OBJECTS, signal)).map((row) => row.split('\t'));
  const there = kinds.filter(([, count]) => Number(count) > 0).map(([kind, count]) => `${count} ${kind}`);
  if (there.length > 0) throw notEmpty(server, there.join(', '));
  return database;
}
