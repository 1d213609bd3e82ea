import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveDigest, fileArchive } from '../../sandbox/archive/archive-source.ts';
import { PostgresServer } from '../../sandbox/servers/postgres-server.ts';
import { findBinary } from '../../sandbox/servers/server-process.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { BucketView, type StoreAddress } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { startSeaweedFS } from './servers.ts';

const ORDERS_SQL = fileURLToPath(new URL('../../sandbox/dumps/orders.sql', import.meta.url));
const NAME = '20180902010000_shop-3938';
const MB = 1e6;
/** What pgbench makes compresses to almost nothing; this does not, so that the archive has many parts. */
const DOCUMENTS = `
  CREATE TABLE documents AS
    SELECT n AS id, (SELECT string_agg(md5(n || '/' || k), '') FROM generate_series(1, 20) AS k) AS body
    FROM generate_series(1, 150000) AS n;
  ALTER TABLE documents ADD PRIMARY KEY (id)`;

const run = promisify(execFile);

/**
 * Real input, from end to end: a PostgreSQL server's own dump goes through the program into a real store,
 * comes back by a tool that knows nothing of us, and is restored.
 */
describe('a dump of a real PostgreSQL', () => {
  const stack = new AsyncDisposableStack();
  let postgres: PostgresServer;
  let manifest: Manifest;
  let served: string;
  let fetched: string;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'restore-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    postgres = stack.use(await PostgresServer.start());
    await fill(postgres);
    served = await dump(postgres, folder);

    const store = stack.use(await startSeaweedFS({ dir: join(folder, 'store') }));
    manifest = await archive(served, store);
    fetched = join(folder, 'fetched.tar.gz');
    await fetch(manifest.key, fetched, store);

    await postgres.run('createdb', 'restored');
    await postgres.run('pg_restore', '--exit-on-error', '-d', 'restored', await unpack(fetched, folder));
  }, 480_000);

  afterAll(() => stack.disposeAsync());

  it('has at least 300 MB', async () => {
    const size = Number(await postgres.query('shop', 'SELECT pg_database_size(current_database())'));
    expect(size).toBeGreaterThanOrEqual(300 * MB);
    process.stdout.write(
      `figure: PostgreSQL: ${(size / MB).toFixed(0)} MB of data, an archive of ${(manifest.size / MB).toFixed(0)} MB in ${manifest.parts} parts\n`,
    );
    // A multipart upload, however large the parts.
    expect(manifest.parts).toBeGreaterThan(1);
  });

  it('comes back byte for byte', async () => {
    expect(await archiveDigest(fileArchive(fetched))).toBe(await archiveDigest(fileArchive(served)));
  });

  it('restores to the same rows in every table', async () => {
    const original = await contents(postgres, 'shop');
    expect(original.map(({ table }) => table)).toEqual([
      'customers',
      'documents',
      'orders',
      'pgbench_accounts',
      'pgbench_branches',
      'pgbench_history',
      'pgbench_tellers',
    ]);
    for (const { table, rows } of original) expect(rows, table).toBeGreaterThan(0);
    expect(await contents(postgres, 'restored')).toEqual(original);
  });

  it('restores to the same schema and sequences', async () => {
    const sequences = 'SELECT sequencename, last_value FROM pg_sequences ORDER BY 1';
    expect(await postgres.query('restored', sequences)).toBe(await postgres.query('shop', sequences));
    expect(await schema(postgres, 'restored')).toBe(await schema(postgres, 'shop'));
  });
});

async function fill(postgres: PostgresServer): Promise<void> {
  await postgres.run('createdb', 'shop');
  await postgres.run('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'shop', '-f', ORDERS_SQL);
  await postgres.run('pgbench', '--initialize', '--quiet', '--scale=15', 'shop');
  await postgres.run('pgbench', '--client=2', '--transactions=500', 'shop');
  await postgres.query('shop', DOCUMENTS);
}

/** As Scalingo hands it out: a tar with one custom-format dump. @returns its path */
async function dump(postgres: PostgresServer, folder: string): Promise<string> {
  const file = `${NAME}.pgsql`;
  await postgres.run('pg_dump', '--format=custom', `--file=${join(folder, file)}`, 'shop');
  const path = join(folder, `${NAME}.tar.gz`);
  await run('tar', ['--create', '--gzip', `--file=${path}`, `--directory=${folder}`, file]);
  await rm(join(folder, file));
  return path;
}

/** The program, from the sandbox's Scalingo to the store. */
async function archive(path: string, store: StoreAddress): Promise<Manifest> {
  const bucket = new BucketView(store);
  try {
    await using world = await World.start(bucket);
    const database = world.scalingo.addDatabase({ app: 'shop', archive: fileArchive(path) });
    const finished = await world.archive(database);
    expect(finished.code, finished.stdout).toBe(0);
    const [manifest, ...more] = await world.manifests();
    if (manifest === undefined || more.length > 0) throw new Error('there is not exactly one manifest');
    return manifest;
  } finally {
    bucket.close();
  }
}

/** By Amazon's own command line tool. */
async function fetch(key: string, path: string, store: StoreAddress): Promise<void> {
  const aws = findBinary('AWS_BIN', 'aws', 'pip install awscli');
  const source = `s3://${store.bucket}/${key}`;
  await run(aws, ['--endpoint-url', store.endpoint, 's3', 'cp', '--only-show-errors', source, path], {
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: store.accessKeyId,
      AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
      AWS_DEFAULT_REGION: store.region,
    },
  });
}

/** @returns the path of the one dump within the archive */
async function unpack(path: string, folder: string): Promise<string> {
  const into = join(folder, 'unpacked');
  await mkdir(into);
  await run('tar', ['--extract', '--gzip', `--file=${path}`, `--directory=${into}`]);
  expect(await readdir(into)).toEqual([`${NAME}.pgsql`]);
  return join(into, `${NAME}.pgsql`);
}

interface TableContents {
  readonly table: string;
  readonly rows: number;
  /** MD5 over the hashes of all rows, each as text with every column, in the hashes' order. */
  readonly md5: string;
}

async function contents(postgres: PostgresServer, database: string): Promise<TableContents[]> {
  const tables = await postgres.query(
    database,
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename",
  );
  const found: TableContents[] = [];
  for (const table of tables.trim().split('\n')) {
    const row = await postgres.query(
      database,
      `SELECT count(*), md5(string_agg(hash::text, ',' ORDER BY hash))
       FROM (SELECT hashtextextended(whole::text, 0) AS hash FROM public.${table} AS whole) AS hashes`,
    );
    const [rows = '', md5 = ''] = row.trim().split('|');
    found.push({ table, rows: Number(rows), md5 });
  }
  return found;
}

/** Its newer versions put a random key around the dump (`\restrict`). */
async function schema(postgres: PostgresServer, database: string): Promise<string> {
  const text = await postgres.run('pg_dump', '--schema-only', database);
  return text.replaceAll(/^\\(un)?restrict .*$/gm, '');
}
