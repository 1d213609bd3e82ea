import { expect, it } from 'vitest';
import { bufferArchive } from '../../sandbox/archive/archive-source.ts';
import { tarGzOf } from '../recovery/tar-of.ts';
import { raw, ScriptedServer } from '../sources/scalingo/scripted-server.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const POSTGRESQL = { RESTORE_TEST_POSTGRESQL_URL: 'postgresql://me:canary-in-the-url@127.0.0.1:9/postgres' };
/** No client of any engine is there. */
const NO_TOOLS = { PATH: '/nonexistent' };

it.each([
  [['restore-test'], {}, /restore-test has no server to restore to: set restoreTest\.postgresqlUrl/],
  [
    ['restore-test', 'shop', '--keep'],
    POSTGRESQL,
    /--keep goes with --into: the database of a test is dropped/,
  ],
  [['restore-test', 'shop', '--into', 'mysql://db/x'], {}, /--into loads a database that stays: add --keep/],
  [['restore-test', '--into', 'mysql://db/x', '--keep'], {}, /--into takes one archive: name it/],
  [['restore-test', 'shop', '--into', 'mysql://db', '--keep'], {}, /the URL of --into names no database/],
  [['restore-test', 'shop', '--into', 'db/shop', '--keep'], {}, /the URL of --into is no URL/],
  [
    ['restore-test', 'shop', '--database', 'crm'],
    POSTGRESQL,
    /an archive by name, or --database, and not both/,
  ],
  [['restore-test', '--jobs', '0'], POSTGRESQL, /--jobs "0" is no number of jobs/],
  [['restore-test', '--report', ''], POSTGRESQL, /--report names no file/],
  [
    ['restore-test', '--report', '/nonexistent/x'],
    POSTGRESQL,
    /no file can be written in \/nonexistent: ENOENT/,
  ],
  [['restore-test', 'a', 'b'], POSTGRESQL, /restore-test takes one archive, and these are given: a, b/],
])('%j is a mistake of the command line', async (args, env, message) => {
  await using sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const finished = await world.run(args, { ...world.bucket.environment(), ...env });
  expect(finished.stderr).toMatch(message);
  expect(finished.code).toBe(2);
});

it('what cannot be restored is passed over, unless it is named', async () => {
  await using sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const archives = {
    cache: { type: 'redis', files: { 'dump.rdb': Buffer.from('x') } },
    docs: { type: 'mysql', files: { 'docs.sql': Buffer.from('-- MySQL dump 10.13\n-- Dump completed\n') } },
    shop: { type: 'postgresql', files: { 'shop.pgsql': Buffer.from('no dump') } },
  };
  for (const [name, { type, files }] of Object.entries(archives)) {
    const archive = bufferArchive(await tarGzOf(files as Record<string, Buffer>));
    const database = world.scalingo.addDatabase({ app: name, archive, type });
    const made = await world.run(['run'], world.environment(database, { DATABASE_NAME: name }));
    expect(made.code, made.stdout).toBe(0);
  }
  const env = {
    ...world.bucket.environment(),
    S3_PREFIX: world.prefix,
    LOG_FORMAT: 'json',
    ...POSTGRESQL,
    ...NO_TOOLS,
  };

  const all = await world.run(['restore-test'], env);
  expect(all.code).toBe(1);
  expect(all.stdout).toMatch(/^cache .* passed over$/m);
  expect(all.stdout).toMatch(/it is a backup of redis, which cannot be restored by this program\. /);
  expect(all.stdout).toMatch(/^docs .* passed over$/m);
  expect(all.stdout).toMatch(/there is no server to restore it to\. Set restoreTest\.mysqlUrl/);
  // It should have a dump of PostgreSQL.
  expect(all.stdout).toMatch(/^shop .* not restored$/m);
  expect(all.stdout).toMatch(/^1 tested: 0 restored, 1 not, 2 passed over$/m);
  expect(all.events.filter(({ event }) => event === 'restore.skipped')).toHaveLength(2);

  const named = await world.run(['restore-test', '--database', 'cache', '--database', 'docs'], env);
  expect(named.code).toBe(1);
  expect(named.stdout).toMatch(/^2 tested: 0 restored, 2 not$/m);
  expect(named.events.filter(({ event }) => event === 'restore.failed')).toHaveLength(2);
});

it('of all databases, as a schedule starts it, notifies of faults; of chosen ones it does not', async () => {
  await using server = await ScriptedServer.start();
  server.on('POST /ping/fail', raw(200, 'OK')).on('POST /hook', raw(200, 'OK'));
  await using sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const archive = bufferArchive(await tarGzOf({ 'shop.pgsql': Buffer.from('no dump') }));
  const made = await world.archive(world.scalingo.addDatabase({ app: 'shop', archive }));
  expect(made.code, made.stdout).toBe(0);
  const env = {
    ...world.bucket.environment(),
    S3_PREFIX: world.prefix,
    NOTIFY_PING_URL: `${server.url}/ping`,
    NOTIFY_WEBHOOK_URL: `${server.url}/hook`,
    ...POSTGRESQL,
    ...NO_TOOLS,
  };
  const bodies = (path: string) => server.seen.filter(({ url }) => url === path).map(({ body }) => body);
  for (const chosen of [['shop'], ['--database', 'shop']]) {
    expect((await world.run(['restore-test', ...chosen], env)).code).toBe(1);
    expect(server.seen).toEqual([]);
  }

  expect((await world.run(['restore-test'], env)).code).toBe(1);
  expect(bodies('/ping/fail')).toHaveLength(1);
  expect(bodies('/hook').map((body) => JSON.parse(body))).toMatchObject([
    {
      event: 'restore.failed',
      trigger: 'restore-test',
      failed: 1,
      summary: '1 archive restored for a try, 1 fault',
      databases: [{ name: 'shop', status: 'failed', error: { code: 'restore.unsupported' } }],
    },
  ]);

  const fault = { kind: 'error', code: 'AccessDenied', status: 403 } as const;
  s3.fail({ operation: 'ListObjectsV2', fault, times: 99 });
  expect((await world.run(['restore-test'], env)).code).toBe(1);
  expect(bodies('/hook').map((body) => JSON.parse(body))).toMatchObject([
    {},
    { event: 'restore.failed', databases: [{ name: 'all databases', error: { code: 's3.forbidden' } }] },
  ]);
});

it('a client that is not there is named, and the archive is not blamed', async () => {
  await using sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const archive = bufferArchive(await tarGzOf({ 'shop.pgsql': Buffer.from(`PGDMP${'x'.repeat(600)}`) }));
  const made = await world.archive(world.scalingo.addDatabase({ app: 'shop', archive }));
  expect(made.code, made.stdout).toBe(0);
  const env = {
    ...world.bucket.environment(),
    S3_PREFIX: world.prefix,
    LOG_FORMAT: 'json',
    ...POSTGRESQL,
    ...NO_TOOLS,
  };
  const tested = await world.run(['restore-test', 'shop'], env);
  expect(tested.code).toBe(1);
  expect(tested.stdout).toMatch(/^shop .* not restored$/m);
  expect(tested.stdout).toMatch(/there is no pg_restore on the PATH\. Install the client of the engine/);
  expect(await world.keys()).not.toContainEqual(expect.stringMatching(/verified\.json$/));
});

it.each(['restore-test', 'verify'])('%s does not blame an archive of a later version', async (verb) => {
  await using sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop' });
  expect((await world.archive(database)).code).toBe(0);
  const key = s3.keys().find((each) => each.endsWith('.manifest.json')) ?? '';
  s3.put(key, '{"version":99}');
  const env = { ...world.bucket.environment(), S3_PREFIX: world.prefix, ...POSTGRESQL };
  const { code, stdout } = await world.run([verb], env);
  expect(code).toBe(1);
  expect(stdout).toContain('A newer backup-archiver wrote it');
  expect(stdout).toMatch(/ not (read|restored)$/m);
  expect(stdout).not.toContain('DAMAGED');
});

it('an archive whose dump has no bytes is not whole', async () => {
  await using sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const archive = bufferArchive(await tarGzOf({ 'shop.pgsql': Buffer.alloc(0) }));
  expect((await world.archive(world.scalingo.addDatabase({ app: 'shop', archive }))).code).toBe(0);
  const env = { ...world.bucket.environment(), S3_PREFIX: world.prefix };
  const { code, stdout } = await world.run(['verify', '--deep'], env);
  expect(code).toBe(1);
  expect(stdout).toContain('has no file with bytes in it');
});
