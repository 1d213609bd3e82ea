import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseServerUrl } from '../../../src/model/server-url.ts';
import { MysqlClient } from '../../../src/recovery/restore/mysql/client.ts';
import { scratchServer } from '../../../src/recovery/restore/mysql/scratch-server.ts';

it('the database of a test is dropped within one bound, however many statements that takes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'client-'));
  try {
    const program = join(folder, 'mariadb');
    // Each statement has its time, all of them have not.
    await writeFile(program, "#!/bin/sh\nsleep 0.2\necho 'KILL 5;'\n", { mode: 0o755 });
    const server = parseServerUrl('mysql://me@db.example.com');
    if (typeof server === 'string') throw new Error(server);
    const client = new MysqlClient(program, 'mariadb 10.11', server);
    const dropping = scratchServer(client).drop('x', new AbortController().signal, 500);
    await expect(dropping).rejects.toMatchObject({
      code: 'restore.server_failed',
      message: expect.stringContaining('did not end within'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
