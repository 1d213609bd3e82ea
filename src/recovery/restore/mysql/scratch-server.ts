import type { ScratchServer } from '../scratch-database.ts';
import type { MysqlClient } from './client.ts';
import { createDatabase, dropDatabase, FIND_LEFT, findConnections, takeLock } from './statements.ts';

/** How the database of a test is made and dropped on a server of MySQL. */
export function scratchServer(client: MysqlClient): ScratchServer {
  return {
    findLeft: (signal) => client.run(undefined, FIND_LEFT, signal),
    hold: (name, signal) => client.hold(takeLock(name), signal),
    async create(name, signal) {
      await client.run(undefined, createDatabase(name), signal);
    },
    async drop(name, signal, within) {
      const until = performance.now() + within;
      const run = (script: string) => {
        const left = Math.max(1, Math.ceil(until - performance.now()));
        return client.run(undefined, script, signal, left);
      };
      const connections = await run(findConnections(name));
      // One that has ended meanwhile is no error.
      if (connections.length > 0) await run(connections.join('\n')).catch(() => {});
      await run(dropDatabase(name));
    },
  };
}
