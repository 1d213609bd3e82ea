import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresServer } from '../../sandbox/servers/postgres-server.ts';
import { digestOf } from '../../src/integrity/checksum.ts';
import { archiveKey, manifestKey } from '../../src/model/archive-key.ts';
import type { Verification } from '../../src/model/verification.ts';
import { walkPostgresqlDump } from '../../src/recovery/contents/postgresql-dump.ts';
import { Pulled } from '../../src/recovery/contents/pulled.ts';
import { type SandboxWorld, startSandboxWorld } from '../e2e/sandbox-world.ts';
import { tarGzOf } from '../recovery/tar-of.ts';
import type { Finished } from '../support/archiver-process.ts';
import { seededManifest } from '../support/seeded-archive.ts';
import { MariaDbServer } from './mariadb-server.ts';
import {
  DEFINER,
  MYSQL_TABLES,
  mysqlSchema,
  POSTGRESQL_TABLES,
  postgresqlSchema,
  ROLES,
  WAIT,
} from './restore-fixtures.ts';

const PASSWORD = 'canary-of-the-restore-test';

/** A bucket with archives of one database each, and the program with the settings of the store and of a server alone. */
class Bucket {
  readonly #sandbox: SandboxWorld;
  readonly folder: string;
  readonly env: Record<string, string>;

  private constructor(sandbox: SandboxWorld, folder: string, env: Record<string, string>) {
    this.#sandbox = sandbox;
    this.folder = folder;
    this.env = env;
  }

  static async start(stack: AsyncDisposableStack, env: Record<string, string>): Promise<Bucket> {
    const folder = await mkdtemp(join(tmpdir(), 'restore-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const sandbox = stack.use(await startSandboxWorld());
    const { bucket, prefix } = sandbox.world;
    return new Bucket(sandbox, folder, {
      ...bucket.environment(),
      S3_PREFIX: prefix,
      LOG_FORMAT: 'json',
      ...env,
    });
  }

  /** An archive of these files, under a name of its own, as a run would have left it. */
  async add(database: string, engine: string, files: Readonly<Record<string, Buffer>>): Promise<void> {
    const { prefix } = this.#sandbox.world;
    const bytes = await tarGzOf(files);
    const identity = { database, createdAt: new Date('2026-03-01T03:00:00Z'), backupId: `of-${database}` };
    const seeded = seededManifest(identity, { addonId: 'ad-1', size: bytes.length }, prefix);
    const checksum = { ...digestOf('CRC32', bytes), kind: 'full-object' };
    const manifest = { ...JSON.parse(seeded), engine, engineVersion: null, checksum };
    this.s3.put(archiveKey(prefix, identity), bytes);
    this.s3.put(manifestKey(prefix, identity), JSON.stringify(manifest));
  }

  /** @param first of what differs from `env`, where it is no argument */
  async run(first: string | Readonly<Record<string, string>>, ...more: readonly string[]): Promise<Finished> {
    const isArgument = typeof first === 'string';
    const env = isArgument ? this.env : { ...this.env, ...first };
    const finished = await this.#sandbox.world.run(isArgument ? [first, ...more] : more, env);
    expect(finished.stdout + finished.stderr).not.toContain(PASSWORD);
    return finished;
  }

  spawn(...args: readonly string[]) {
    return this.#sandbox.world.spawn(args, this.env);
  }

  get s3(): SandboxWorld['s3'] {
    return this.#sandbox.s3;
  }

  async verification(name: string): Promise<Verification> {
    const keys = (await this.#sandbox.world.keys()).filter(
      (key) => key.startsWith(`${name}/`) && key.endsWith('.verified.json'),
    );
    expect(keys).toHaveLength(1);
    return JSON.parse(
      await this.#sandbox.world.bucket.text(`${this.#sandbox.world.prefix}${keys[0]}`),
    ) as Verification;
  }
}

/** A byte in the middle becomes another: what is packed anew says nothing of it. */
function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0x55;
  return copy;
}

describe('an archive of PostgreSQL', () => {
  const stack = new AsyncDisposableStack();
  let server: PostgresServer;
  let bucket: Bucket;
  let dump: Buffer;
  let tables: { name: string; rows: number }[];

  beforeAll(async () => {
    server = stack.use(await PostgresServer.start());
    const folder = await mkdtemp(join(tmpdir(), 'dump-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await server.run('createdb', 'shop');
    await writeFile(join(folder, 'schema.sql'), postgresqlSchema());
    await server.run('psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-d', 'shop', '-f', join(folder, 'schema.sql'));
    await server.run('pg_dump', '--format=custom', `--file=${join(folder, 'shop.pgsql')}`, 'shop');
    dump = await readFile(join(folder, 'shop.pgsql'));
    tables = await countedBy(server, 'shop');
    // The server of the test is another one: it has neither the database nor its roles.
    await server.run('dropdb', 'shop');
    for (const role of ROLES) await server.query('postgres', `DROP ROLE ${role}`);
    await server.query('postgres', `CREATE ROLE tester LOGIN CREATEDB PASSWORD '${PASSWORD}'`);

    bucket = await Bucket.start(stack, {
      RESTORE_TEST_POSTGRESQL_URL: server.url('postgres', `tester:${PASSWORD}`),
    });
    await bucket.add('shop', 'postgresql', { '20260301_shop.pgsql': dump });
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  const databases = () =>
    server.query('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'archiver%'");

  it('is of 24 tables at least, and its dump is one that the walk of contents knows', () => {
    expect(tables.length).toBeGreaterThanOrEqual(24);
    const walk = new Pulled(walkPostgresqlDump());
    walk.update(dump);
    expect(walk.end()).toMatchObject({ format: 'postgresql', tables: tables.length });
  });

  it('comes back with every row, by the settings of the store and the server alone', async () => {
    const report = join(bucket.folder, 'report');
    const tested = await bucket.run('restore-test', 'shop', '--report', report);
    expect(tested.code, tested.stdout + tested.stderr).toBe(0);
    const { archives } = JSON.parse(await readFile(`${report}.json`, 'utf8')) as {
      archives: { restored: Record<string, unknown>; checksum: { value: string } }[];
    };
    expect(archives).toHaveLength(1);
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    expect(archives[0]?.restored).toMatchObject({
      engine: 'postgresql',
      tables: tables.length,
      rows,
      counted: tables,
      objects: {
        views: 1,
        materializedViews: 2,
        functions: 1,
        partitionedTables: 1,
        foreignKeys: 20,
        triggers: 1,
        largeObjects: 5,
        sequences: 20,
      },
      warnings: [expect.stringContaining('role "shop_reader" does not exist')],
    });
    expect(await readFile(`${report}.md`, 'utf8')).toContain(`| rows | ${rows} |`);
    expect(await databases()).toBe('');
    const { restored } = await bucket.verification('shop');
    expect(restored).toMatchObject({
      ok: true,
      fault: null,
      tables: tables.length,
      rows,
      engine: 'postgresql',
    });
    const status = await bucket.run('status');
    const said = `^shop: restored for a try \\d+s ago: ${tables.length} tables, ${rows} rows$`;
    expect(status.stdout).toMatch(new RegExp(said, 'm'));
  });

  it('comes back by parallel jobs from a file', async () => {
    const tested = await bucket.run('restore-test', 'shop', '--jobs', '2');
    expect(tested.code, tested.stderr).toBe(0);
    expect(tested.stdout).toMatch(new RegExp(`^shop +\\S+ +${tables.length} `, 'm'));
    expect(await databases()).toBe('');
  });

  it('that is damaged is known, and stops no other', async () => {
    // The first half is the table of contents, where a byte may be a letter of a comment.
    const damaged = {
      'bad-early': flipped(dump, Math.floor(dump.length * 0.65)),
      'bad-late': flipped(dump, Math.floor(dump.length * 0.95)),
      'bad-short': dump.subarray(0, dump.length - 3000),
    };
    await Promise.all(
      Object.entries(damaged).map(([name, bytes]) => bucket.add(name, 'postgresql', { 'a.pgsql': bytes })),
    );
    const chosen = [...Object.keys(damaged), 'shop'].flatMap((name) => ['--database', name]);
    const tested = await bucket.run('restore-test', ...chosen);
    expect(tested.code, tested.stdout).toBe(1);
    expect(tested.stdout).toMatch(/^shop .* restored, with warnings$/m);
    expect(tested.stdout).toMatch(/^4 tested: 1 restored, 3 not$/m);
    for (const name of Object.keys(damaged)) {
      expect(tested.stdout).toMatch(new RegExp(`^${name} .* DAMAGED$`, 'm'));
      const { restored } = await bucket.verification(name);
      const fault = { code: expect.stringMatching(/^(archive|restore)\.damaged$/) };
      expect(restored).toMatchObject({ ok: false, fault });
    }
    expect(await databases()).toBe('');
  });

  it('that needs what the server lacks is not blamed for it', async () => {
    await server.run('createdb', 'pages');
    const needs =
      "CREATE EXTENSION pageinspect; CREATE VIEW pages AS SELECT get_raw_page('pg_class', 0) AS page";
    await server.query('pages', needs);
    const path = join(bucket.folder, 'pages.pgsql');
    await server.run('pg_dump', '--format=custom', `--file=${path}`, 'pages');
    await bucket.add('pages', 'postgresql', { 'pages.pgsql': await readFile(path) });
    const tested = await bucket.run('restore-test', 'pages');
    expect(tested.code).toBe(1);
    expect(tested.stdout).toMatch(/^pages .* not restored$/m);
    const lacks = 'lacks the right to create the extension pageinspect, which the dump needs: function';
    expect(tested.stdout).toContain(lacks);
    expect(tested.events).toContainEqual(
      expect.objectContaining({
        event: 'restore.failed',
        error: expect.objectContaining({ code: 'restore.server_lacks' }),
      }),
    );
    expect(await databases()).toBe('');
  });

  it('whose bytes are others than those of its manifest is known, though it restores', async () => {
    // In the head of the gzip, where a time stands that no unpacking looks at.
    bucket.s3.fail({
      operation: 'GetObject',
      key: /\.tar\.gz$/,
      fault: { kind: 'corrupt', atByte: 5 },
    });
    const tested = await bucket.run('restore-test', 'shop');
    expect(tested.code, tested.stdout).toBe(1);
    expect(tested.stdout).toMatch(/^shop .* DAMAGED$/m);
    const { restored } = await bucket.verification('shop');
    expect(restored).toMatchObject({ ok: false, fault: { code: 'archive.checksum_mismatch' } });
    expect(await databases()).toBe('');
  });

  it('is not restored by a tool that takes it all and does nothing', async () => {
    const folder = join(bucket.folder, 'bin');
    await mkdir(folder);
    const tool =
      '#!/bin/sh\n[ "$1" = --version ] && exec echo "pg_restore (PostgreSQL) 15.4"\nexec cat >/dev/null\n';
    await writeFile(join(folder, 'pg_restore'), tool, { mode: 0o755 });
    const tested = await bucket.run({ PATH: `${folder}:${process.env.PATH}` }, 'restore-test', 'shop');
    expect(tested.code, tested.stdout).toBe(1);
    expect(tested.stdout).toContain(`its table of contents has ${tables.length} tables, and 0 came out`);
    await writeFile(join(folder, 'pg_restore'), tool.replace('15.4', '11.22'), { mode: 0o755 });
    const old = await bucket.run({ PATH: `${folder}:${process.env.PATH}` }, 'restore-test', 'shop');
    expect(old.code).toBe(1);
    expect(old.stdout).toMatch(/^pg_restore \(PostgreSQL\) 11\.22 is too old for this dump/m);
    expect(await databases()).toBe('');
  });

  describe('while a restore is under way', () => {
    /** A test that waits with all rows restored, until the setting is taken away. */
    const waiting = async (...options: readonly string[]) => {
      await server.query('postgres', `ALTER ROLE tester SET ${WAIT} = '600'`);
      const test = bucket.spawn('restore-test', 'shop', ...options);
      const isThere =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'REFRESH MATERIALIZED VIEW reports.waits%'";
      await expect
        .poll(async () => Number(await server.query('postgres', isThere)), { timeout: 20_000 })
        .toBe(1);
      await server.query('postgres', `ALTER ROLE tester RESET ${WAIT}`);
      return test;
    };

    it('a signal ends it, and another test leaves its database alone', async () => {
      await using one = await waiting();
      const before = await databases();
      const other = await bucket.run('restore-test', 'shop');
      expect(other.code, other.stderr).toBe(0);
      expect(await databases()).toBe(before);
      one.kill('SIGTERM');
      expect((await one.finished()).code).toBe(143);
      expect(await databases()).toBe('');
    });

    it('a signal ends parallel jobs too', async () => {
      await using test = await waiting('--jobs', '2');
      test.kill('SIGTERM');
      expect((await test.finished()).code).toBe(143);
      expect(await databases()).toBe('');
    });

    it('a kill leaves a database that the next test drops', async () => {
      await using killed = await waiting();
      expect(await commandLines()).toMatch(/pg_restore/);
      expect(await commandLines()).not.toContain(PASSWORD);
      killed.kill('SIGKILL');
      await killed.finished();
      expect((await databases()).trim()).toMatch(/^archiver_restore_test_[\da-f]{16}$/);
      const next = await bucket.run('restore-test', 'shop');
      expect(next.code, next.stderr).toBe(0);
      expect(await databases()).toBe('');
    });
  });

  it('goes into an empty database of the user, which stays, and into no other', async () => {
    await server.run('createdb', '--owner=tester', 'copy');
    const into = ['shop', '--into', server.url('copy', `tester:${PASSWORD}`), '--keep'];
    const loaded = await bucket.run('restore-test', ...into);
    expect(loaded.code, loaded.stderr).toBe(0);
    expect(await countedBy(server, 'copy')).toEqual(tables);
    const again = await bucket.run('restore-test', ...into);
    expect(again.code).toBe(1);
    expect(again.stdout).toMatch(/the database copy of PostgreSQL at \S+ is not empty: it has \d+ relations/);
    expect(await countedBy(server, 'copy')).toEqual(tables);
    expect(await databases()).toBe('');
  });
});

describe('an archive of MySQL', () => {
  const stack = new AsyncDisposableStack();
  let server: MariaDbServer;
  let bucket: Bucket;
  let dump: Buffer;
  let bystander: string;
  let tables: { name: string; rows: number }[];

  beforeAll(async () => {
    server = stack.use(await MariaDbServer.start());
    await server.query('CREATE DATABASE shop');
    const folder = await mkdtemp(join(tmpdir(), 'dump-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'schema.sql'), mysqlSchema());
    await server.run(
      'mariadb',
      '--default-character-set=utf8mb4',
      '--execute',
      `source ${join(folder, 'schema.sql')}`,
      'shop',
    );
    // With the statements that make the database and go into it: neither may happen on the server of a test.
    dump = Buffer.from(await dumped());
    tables = await countedOn(server, 'shop');
    for (const named of [
      'DROP DATABASE IF EXISTS `shop`',
      'ALTER DATABASE `shop`',
      'TRIGGER shop.items_touch',
    ])
      expect(dump.toString()).toContain(named);
    await server.query(`DROP DATABASE shop; DROP USER ${DEFINER}`);
    // Another of the same name: no test may touch it.
    await server.query('CREATE DATABASE shop CHARACTER SET utf8mb4; CREATE TABLE shop.items (id int)');
    bystander = await dumped();
    await server.query(`CREATE USER tester@localhost IDENTIFIED BY '${PASSWORD}'`);
    await server.query('GRANT ALL ON `archiver\\_restore\\_test\\_%`.* TO tester@localhost');
    await server.query(
      `CREATE USER chief@localhost IDENTIFIED BY '${PASSWORD}'; GRANT ALL ON *.* TO chief@localhost`,
    );
    bucket = await Bucket.start(stack, { RESTORE_TEST_MYSQL_URL: server.url(`chief:${PASSWORD}`) });
    await bucket.add('shop', 'mysql', { 'shop.sql': dump });
  }, 60_000);
  afterAll(() => stack.disposeAsync());

  const dumped = () => {
    const objects = ['--routines', '--triggers', '--events', '--single-transaction', '--skip-dump-date'];
    return server.run('mariadb-dump', ...objects, '--add-drop-database', '--databases', 'shop');
  };
  const databases = () => server.query("SHOW DATABASES LIKE 'archiver%'");

  it('comes back with every row, and with its view, routine, trigger and partitions', async () => {
    expect(tables).toHaveLength(MYSQL_TABLES);
    const report = join(bucket.folder, 'report.json');
    const tested = await bucket.run('restore-test', 'shop', '--report', report);
    expect(tested.code, tested.stdout + tested.stderr).toBe(0);
    const { archives } = JSON.parse(await readFile(report, 'utf8')) as { archives: { restored: unknown }[] };
    expect(archives[0]?.restored).toMatchObject({
      engine: 'mysql',
      rows: tables.reduce((sum, table) => sum + table.rows, 0),
      counted: tables,
      objects: { views: 1, routines: 1, triggers: 1, partitions: 3, foreignKeys: 20 },
      warnings: [],
    });
    expect(await databases()).toBe('');
  });

  it('comes back without the rights of an administrator too, less what has another definer', async () => {
    const tested = await bucket.run(
      { RESTORE_TEST_MYSQL_URL: server.url(`tester:${PASSWORD}`) },
      'restore-test',
      'shop',
    );
    expect(tested.code, tested.stdout + tested.stderr).toBe(0);
    expect(tested.stdout).toMatch(
      new RegExp(`^shop +\\S+ +${MYSQL_TABLES} .* restored, with warnings$`, 'm'),
    );
    expect(tested.stdout).toMatch(/^shop: ERROR 1227 \(42000\) at line \d+: Access denied/m);
    expect(await databases()).toBe('');
  });

  it('that is damaged is known', async () => {
    const text = dump.toString('latin1');
    const damaged = {
      'bad-table': text.replace('CREATE TABLE `detail_7`', 'CREATE TABLF `detail_7`'),
      'bad-rows': text.replace('INSERT INTO `detail_9`', 'INSERT INTO `detaim_9`'),
      'bad-short': text.slice(0, Math.floor(text.length * 0.6)),
    };
    const add = (name: string, text: string) =>
      bucket.add(name, 'mysql', { 'a.sql': Buffer.from(text, 'latin1') });
    await Promise.all(Object.entries(damaged).map(([name, bytes]) => add(name, bytes)));
    const chosen = Object.keys(damaged).flatMap((name) => ['--database', name]);
    const tested = await bucket.run('restore-test', ...chosen);
    expect(tested.code, tested.stdout).toBe(1);
    for (const name of Object.keys(damaged)) {
      expect(tested.stdout).toMatch(new RegExp(`^${name} .* DAMAGED$`, 'm'));
    }
    expect(await databases()).toBe('');
  });

  it('leaves nothing after a kill once the next test has run, and after a signal at once', async () => {
    const slow = dump
      .toString('latin1')
      .replace(/\n-- Dump completed/, '\nDO SLEEP(600);\n-- Dump completed');
    await bucket.add('slow', 'mysql', { 'slow.sql': Buffer.from(slow, 'latin1') });
    const sleeping = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE 'DO SLEEP%'";
    const waiting = async () => {
      const test = bucket.spawn('restore-test', 'slow');
      await expect.poll(async () => Number(await server.query(sleeping)), { timeout: 20_000 }).toBe(1);
      return test;
    };
    await using killed = await waiting();
    killed.kill('SIGKILL');
    await killed.finished();
    expect((await databases()).trim()).toMatch(/^archiver_restore_test_[\da-f]{16}$/);
    expect((await bucket.run('restore-test', 'shop')).code).toBe(0);
    expect(await databases()).toBe('');
    await using stopped = await waiting();
    const before = await databases();
    expect((await bucket.run('restore-test', 'shop')).code).toBe(0);
    expect(await databases()).toBe(before);
    stopped.kill('SIGTERM');
    expect((await stopped.finished()).code).toBe(143);
    expect(await databases()).toBe('');
  });

  it('goes into an empty database of the user, which stays, and into no other', async () => {
    await server.query('CREATE DATABASE copy');
    const into = ['shop', '--into', server.url(`chief:${PASSWORD}`, 'copy'), '--keep'];
    const loaded = await bucket.run('restore-test', ...into);
    expect(loaded.code, loaded.stdout + loaded.stderr).toBe(0);
    expect(await countedOn(server, 'copy')).toEqual(tables);
    const again = await bucket.run('restore-test', ...into);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain(`is not empty: it has ${MYSQL_TABLES} tables, 1 views`);
    expect(await countedOn(server, 'copy')).toEqual(tables);
    expect(await databases()).toBe('');
  });

  it('touches no other database of the server, not even one of the name in the dump', async () => {
    expect(await dumped()).toBe(bystander);
  });
});

/** By a statement a table, in the order of their names. */
async function countedOn(server: MariaDbServer, database: string): Promise<{ name: string; rows: number }[]> {
  const shown = await server.query("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'", database);
  const names = shown
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
    .sort();
  const counts = await server.query(names.map((name) => `SELECT COUNT(*) FROM ${name}`).join('; '), database);
  return counts
    .trim()
    .split('\n')
    .map((rows, index) => ({ name: names[index] ?? '', rows: Number(rows) }));
}

/** What every user of the machine sees of all processes. */
async function commandLines(): Promise<string> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).join('\n');
}

async function countedBy(
  server: PostgresServer,
  database: string,
): Promise<{ name: string; rows: number }[]> {
  const names = (await server.query(database, POSTGRESQL_TABLES)).trim().split('\n');
  const each = names.map((name) => `SELECT '${name}' AS name, count(*) FROM ${name}`);
  const counted = (await server.query(database, `${each.join(' UNION ALL ')} ORDER BY 1`)).trim().split('\n');
  return counted.map((line) => ({ name: line.split('|')[0] ?? '', rows: Number(line.split('|')[1]) }));
}
