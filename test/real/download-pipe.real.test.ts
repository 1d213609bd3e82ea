import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { fileArchive } from '../../sandbox/archive/archive-source.ts';
import { PostgresServer } from '../../sandbox/servers/postgres-server.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { startSeaweedFS } from './servers.ts';

const ORDERS_SQL = fileURLToPath(new URL('../../sandbox/dumps/orders.sql', import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const DUMP = '20180902010000_shop-3938.pgsql';
/** Rows that compress to no less than half: the archive has more than one block. */
const DOCUMENTS = `
  CREATE TABLE documents AS
    SELECT n AS id, (SELECT string_agg(md5(n || '/' || k), '') FROM generate_series(1, 20) AS k) AS body
    FROM generate_series(1, 60000) AS n`;
const SUMS = `
  SELECT (SELECT count(*) FROM customers), (SELECT count(*) FROM orders),
    (SELECT md5(string_agg(md5(body), '' ORDER BY id)) FROM documents)`;

const run = promisify(execFile);

it('download --output - feeds a real pg_restore, and no file is written', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pipe-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = stack.use(await PostgresServer.start());
  await postgres.run('createdb', 'shop');
  await postgres.run('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'shop', '-f', ORDERS_SQL);
  await postgres.query('shop', DOCUMENTS);
  await postgres.run('pg_dump', '--format=custom', `--file=${join(folder, DUMP)}`, 'shop');
  const archive = join(folder, 'shop.tar.gz');
  await run('tar', ['--create', '--gzip', `--file=${archive}`, `--directory=${folder}`, DUMP]);

  const bucket = new BucketView(stack.use(await startSeaweedFS({ dir: join(folder, 'store') })));
  stack.defer(() => bucket.close());
  const world = stack.use(await World.start(bucket));
  const made = await world.archive(
    world.scalingo.addDatabase({ app: 'shop', archive: fileArchive(archive) }),
  );
  expect(made.code, made.stdout).toBe(0);
  const [manifest] = await world.manifests();
  expect(manifest?.size).toBeGreaterThan(16 * 2 ** 20);

  await postgres.run('createdb', 'restored');
  const cwd = join(folder, 'empty');
  await mkdir(cwd);
  const pipe = `"${process.execPath}" "${MAIN}" download shop --output - | tar xzO | pg_restore --exit-on-error --dbname restored`;
  const server = (await postgres.query('shop', 'SHOW unix_socket_directories')).trim();
  const env = { ...bucket.environment(), S3_PREFIX: world.prefix, PATH: process.env.PATH };
  const { stdout } = await run('bash', ['-o', 'pipefail', '-c', pipe], {
    env: { ...env, PGHOST: server, PGUSER: 'postgres', LOG_FORMAT: 'json' },
    cwd,
  });
  expect(stdout).toBe('');
  expect(await readdir(cwd)).toEqual([]);
  expect(await postgres.query('restored', SUMS)).toBe(await postgres.query('shop', SUMS));
  expect(await postgres.query('restored', 'SELECT count(*) FROM documents')).toBe('60000\n');
});
