import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { expect, it } from 'vitest';
import { type SeenStore, STORE_ROWS } from '../../docs/store-table.ts';
import { observeStore } from './observe-store.ts';
import { versionOf } from './server-version.ts';
import { REAL_SERVERS } from './servers.ts';

const TABLE = new URL('../../docs/stores.json', import.meta.url);

// Where this fails: npm run stores
it.each(REAL_SERVERS)('%s does what docs/stores.md says of it', async (name, start) => {
  const dir = await mkdtemp(join(tmpdir(), 's3-'));
  try {
    await using server = await start({ dir });
    const store: SeenStore = { version: await versionOf(server.name), seen: await observeStore(server) };
    const table = JSON.parse(await readFile(TABLE, 'utf8')) as Record<string, SeenStore>;
    if (env.STORES_REPORT !== undefined) {
      const all = Object.fromEntries(
        REAL_SERVERS.map(([each]) => [each, each === name ? store : table[each]]),
      );
      await writeFile(TABLE, `${JSON.stringify(all, null, 2)}\n`);
      return;
    }
    expect(Object.keys(store.seen)).toEqual(Object.keys(STORE_ROWS));
    // The version of Debian's own packages is the machine's: of another one the table says nothing.
    if (name === 'Ceph' && store.version !== table[name]?.version) return;
    expect(store).toEqual(table[name]);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
