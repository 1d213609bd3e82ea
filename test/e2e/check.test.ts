import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedS3Options, StoreQuirks } from '../../sandbox/s3/options.ts';
import { answer, hang } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import type { Finding } from '../../src/check/finding.ts';
import { SELF_SIGNED } from '../sources/scalingo/self-signed.ts';
import type { Finished } from '../support/archiver-process.ts';
import { ProxyServer } from '../support/proxy-server.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const FOREVER = { times: Number.POSITIVE_INFINITY };
const SHIFTED_CLOCK = new URL('fixtures/shifted-clock.ts', import.meta.url).href;

/** A Scalingo with one database that has a backup, and a bucket with something of another in it. */
async function start(options: Partial<SimulatedS3Options> & { quirks?: Partial<StoreQuirks> } = {}) {
  const sandbox = await startSandboxWorld(options);
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive: syntheticArchive({ size: 2000 }) });
  database.addBackup();
  s3.put(`${world.prefix}shop/not-ours.txt`, 'stays as it is');
  const env = (extra: Record<string, string> = {}) => world.environment(database, extra);
  return {
    ...sandbox,
    database,
    env,
    check: (extra: Record<string, string> = {}, args: readonly string[] = []) =>
      world.run(['check', '--json', ...args], env(extra)),
    deny: (
      ...operations: ('PutObject' | 'CreateMultipartUpload' | 'DeleteObject' | 'ListObjectVersions')[]
    ) => {
      for (const operation of operations) {
        s3.fail({ operation, fault: { kind: 'error', code: 'AccessDenied' }, ...FOREVER });
      }
    },
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

type Bench = Awaited<ReturnType<typeof start>>;

function linesOf({ stdout }: Finished): Finding[] {
  return JSON.parse(stdout) as Finding[];
}

/** Everything in the bucket, its versions and uploads too. */
async function contentsOf({ s3 }: Bench) {
  const texts = await Promise.all(s3.keys().map(async (key) => [key, String(await s3.read(key))] as const));
  return { texts, versions: s3.versions(), uploads: s3.uploads() };
}

describe('check on a healthy set-up', () => {
  it.each([
    ['a plain bucket', {}],
    ['a bucket with versions', { versioning: true }],
  ])('%s: finds no fault, changes nothing, makes no backup', async (_, options) => {
    await using bench = await start(options);
    const before = await contentsOf(bench);
    const { code, stdout, stderr } = await bench.world.run(['check'], bench.env());
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).not.toMatch(/^[!✗]/m);
    expect(stdout).toMatch(/\n\nready: no faults\n$/);
    expect(await contentsOf(bench)).toEqual(before);
    const posts = bench.world.scalingo.requests.filter(({ method }) => method === 'POST');
    expect(new Set(posts.map(({ operation }) => operation))).toEqual(new Set(['exchange', 'addonToken']));
    expect(bench.database.backups).toHaveLength(1);
  });

  it('--json has a stable id, a level and what is said for each line', async () => {
    await using bench = await start();
    const finished = await bench.check();
    expect(finished.code).toBe(0);
    const lines = linesOf(finished);
    expect(lines.map(({ level }) => level)).not.toContain('fail');
    expect(lines.map(({ id }) => id)).toEqual([
      'config.read',
      'network.proxy',
      'network.certificate',
      'scalingo.token',
      'scalingo.clock',
      'database.type',
      'database.periodic',
      'database.schedule',
      'database.archives',
      'database.quota',
      'database.size',
      'database.download',
      'store.bucket',
      'store.list',
      'store.upload',
      'store.checksum',
      'store.uploads',
      'store.put',
      'store.get',
      'store.conditional',
      'store.complete',
      'store.head',
      'store.range',
      'store.delete',
      'store.object-lock',
      'store.versioning',
      'store.lifecycle',
      'store.lifecycle.uploads',
      'store.clock',
    ]);
    for (const line of lines) expect(Object.keys(line)).toEqual(['id', 'subject', 'level', 'says', 'remedy']);
  });

  it('--database picks; a name that is not configured is a mistake of the command line', async () => {
    await using bench = await start();
    const other = bench.world.scalingo.addDatabase({ app: 'blog' });
    const config = await bench.world.configFile({ databases: [bench.database, other] });
    const env = bench.world.environment();
    const args = ['check', '--json', '--config', config];
    const picked = linesOf(await bench.world.run([...args, '--database', 'blog'], env));
    const subjects = new Set(
      picked.map(({ subject }) => subject).filter((each) => each.startsWith('database')),
    );
    expect([...subjects]).toEqual(['database blog']);
    expect((await bench.world.run([...args, '--database', 'crm'], env)).code).toBe(2);
  });

  it('leaves nothing when a signal comes while it writes', async () => {
    await using bench = await start();
    const { s3, world } = bench;
    const before = await contentsOf(bench);
    for (const operation of ['PutObject', 'CompleteMultipartUpload', 'UploadPart'] as const) {
      const release = Promise.withResolvers<void>();
      const script = s3.fail({ operation, fault: { kind: 'hold', until: release.promise } });
      const seen = s3.seen({ operation }, s3.requested({ operation }).length + 1);
      await using process = world.spawn(['check'], bench.env());
      await seen;
      process.kill('SIGINT');
      await process.event('shutdown.started');
      release.resolve();
      expect((await process.finished()).code, operation).toBe(130);
      script.cancel();
      expect(await contentsOf(bench), operation).toEqual(before);
    }
  });
});

it('check ends only when all is taken away, whatever else a signal has ended', async () => {
  await using bench = await start();
  const { s3, world } = bench;
  const before = await contentsOf(bench);
  world.scalingo.fail('exchange', hang(), 9);
  const release = Promise.withResolvers<void>();
  const operation = 'PutObject';
  s3.fail({ operation, fault: { kind: 'hold', until: release.promise } });
  await using process = world.spawn(['check'], bench.env());
  await s3.seen({ operation });
  process.kill('SIGTERM');
  // Neither responds: the question to Scalingo ends at once, the write a little later.
  await process.event('shutdown.completed');
  expect(s3.requested({ operation: 'DeleteObject', key: /\.locks/ })).toHaveLength(2);
  release.resolve();
  expect((await process.finished()).code).toBe(143);
  expect(await contentsOf(bench)).toEqual(before);
});

interface BrokenSetUp {
  readonly options?: Parameters<typeof start>[0];
  readonly extra?: Record<string, string>;
  /** Breaks it. @returns more of the environment, and what has to be closed */
  readonly arrange?: (
    bench: Bench,
    stack: AsyncDisposableStack,
  ) => Record<string, string> | undefined | Promise<Record<string, string> | undefined>;
  readonly nodeOptions?: readonly string[];
  readonly id: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

const rule = (inner: string, prefix = '') =>
  `<Rule><ID>tidy</ID><Filter><Prefix>${prefix}</Prefix></Filter><Status>Enabled</Status>${inner}</Rule>`;

const BROKEN: Readonly<Record<string, BrokenSetUp>> = {
  'a wrong token': {
    extra: { SCALINGO_API_TOKEN: 'tk-us-wrong' },
    id: 'scalingo.token',
    says: /tokens\/exchange.* 401/,
    remedy: /mistyped, revoked or of another region.*SCALINGO_API_TOKEN/,
  },
  'a limited role': {
    arrange: ({ database }) => {
      database.fail('archive', answer(403, { error: 'forbidden', code: 'forbidden' }), 9);
      return undefined;
    },
    id: 'database.download',
    says: /archive.* 403/,
    remedy: /limited collaborator.*full collaborator/,
  },
  'a wrong region': {
    extra: { S3_REGION: 'eu-west-3' },
    id: 'store.bucket',
    says: /region/i,
    remedy: /S3_REGION/,
  },
  'a wrong region of Scalingo': {
    arrange: ({ database }) => {
      database.fail('addonToken', answer(404, { error: 'app not found', resource: 'App' }), 9);
      return undefined;
    },
    id: 'database.source',
    says: /could not be looked at: .* 404/,
    remedy: /SCALINGO_REGION/,
  },
  'a wrong bucket': {
    extra: { S3_BUCKET: 'archivse' },
    id: 'store.bucket',
    says: /archivse.*no such bucket/,
    remedy: /Create the bucket.*S3_BUCKET/,
  },
  'a read-only key': {
    arrange: ({ deny }) => {
      deny('PutObject', 'CreateMultipartUpload', 'DeleteObject');
      return undefined;
    },
    id: 'store.upload',
    says: /CreateMultipartUpload.*403 AccessDenied/,
    remedy: /s3:PutObject.*docs\/rights\.md/,
  },
  'no right to delete': {
    extra: { RETENTION_KEEP_LAST: '7' },
    arrange: ({ deny }) => {
      deny('DeleteObject');
      return undefined;
    },
    id: 'store.delete',
    says: /may not delete archives, so retention fails in each run.*403/,
    remedy: /s3:DeleteObject.*prune/,
  },
  'a clock that is off': {
    extra: { CLOCK_AHEAD: String(20 * 60_000) },
    nodeOptions: ['--import', SHIFTED_CLOCK],
    id: 'store.clock',
    says: /clock is 20 minutes ahead/,
    remedy: /Set the clock of this machine/,
  },
  'TLS with a certificate of its own': {
    options: { tls: SELF_SIGNED },
    id: 'store.bucket',
    says: /certificate was not accepted/,
    remedy: /s3\.caFile \(S3_CA_FILE\)/,
  },
  'an endpoint that is away': {
    arrange: async ({ s3 }) => {
      await s3.stopListening();
      return undefined;
    },
    id: 'store.bucket',
    says: /the connection was refused/,
    remedy: /s3\.endpoint \(S3_ENDPOINT\).*firewall/,
  },
  'a wrong addon id': {
    extra: { DATABASE_ID: 'ad-00000000-0000-4000-8000-000000000000' },
    id: 'database.source',
    says: /addons\/ad-00000000.* 404/,
    remedy: /addon id.*scalingo --app APP addons/,
  },
  Elasticsearch: {
    arrange: ({ database }) => {
      database.type = 'elasticsearch';
      return undefined;
    },
    id: 'database.type',
    says: /elasticsearch.*does not let Elasticsearch backups be downloaded/,
    remedy: /Remove this database from the configuration/,
  },
  'periodic backups that are off, in mode latest': {
    extra: { BACKUP_MODE: 'latest' },
    arrange: ({ database }) => {
      database.periodicBackups = false;
      return undefined;
    },
    id: 'database.periodic',
    says: /backup\.mode is latest; periodic backups are off/,
    remedy: /Turn periodic backups on at Scalingo.*backup\.mode create/,
  },
  'a lifecycle rule that deletes archives': {
    options: { quirks: { lifecycle: rule('<Expiration><Days>30</Days></Expiration>') } },
    id: 'store.lifecycle.deletes',
    says: /rule "tidy" deletes archives after 30 days/,
    remedy: /Remove the rule, or confine it to another prefix/,
  },
  'Object Lock that is asked for and not enabled': {
    extra: { S3_OBJECT_LOCK_MODE: 'GOVERNANCE', S3_OBJECT_LOCK_DAYS: '30' },
    id: 'store.object-lock',
    says: /Object Lock is not enabled on the bucket/,
    remedy: /Enable Object Lock on the bucket.*objectLock/,
  },
  'Scaleway, and an archive too large for its parts': {
    arrange: async ({ s3, database }, stack) => {
      database.newestBackup.reportedSize = 6e12;
      const names = { 's3.fr-par.scw.cloud:80': s3.endpoint };
      const proxy = stack.use(await ProxyServer.start({ names }));
      return {
        HTTP_PROXY: proxy.url(),
        NO_PROXY: '127.0.0.1',
        S3_ENDPOINT: 'http://s3.fr-par.scw.cloud',
        S3_REGION: s3.region,
      };
    },
    id: 'database.size',
    says: /6000000000000 bytes does not fit into .*\(scaleway\)/,
    remedy: /store that takes larger objects/,
  },
  'a proxy that refuses': {
    arrange: async (_, stack) => {
      const proxy = stack.use(await ProxyServer.start({ status: 403 }));
      return { HTTPS_PROXY: proxy.url(), NO_PROXY: '127.0.0.1', S3_ENDPOINT: 'https://s3.example' };
    },
    id: 'store.bucket',
    says: /the proxy 127\.0\.0\.1:\d+ refuses to connect to s3\.example:443 \(403\)/,
    remedy: /Have the proxy allow this host/,
  },
};

/** Each is a fault, named with its remedy. */
describe('check names cause and remedy of', () => {
  it.each(Object.entries(BROKEN))('%s', async (_, setUp) => {
    await using stack = new AsyncDisposableStack();
    const bench = stack.use(await start(setUp.options));
    const more = (await setUp.arrange?.(bench, stack)) ?? {};
    const before = await contentsOf(bench);
    const env = bench.env({ ...setUp.extra, ...more });
    const process = stack.use(bench.world.spawn(['check', '--json'], env, setUp.nodeOptions));
    const finished = await process.finished();
    bench.world.expectNoSecret(finished, env);
    expect(finished.code, finished.stdout + finished.stderr).toBe(1);
    const { id, says, remedy } = setUp;
    expect(linesOf(finished)).toContainEqual(
      expect.objectContaining({
        id,
        level: 'fail',
        says: expect.stringMatching(says),
        remedy: expect.stringMatching(remedy),
      }),
    );
    expect(await contentsOf(bench)).toEqual(before);
  });
});

function lineOf(lines: readonly Finding[], id: string): Finding | undefined {
  return lines.find((line) => line.id === id);
}

describe('check says what follows of', () => {
  it('a writer that may not delete, without a retention policy', async () => {
    await using bench = await start();
    bench.deny('DeleteObject');
    const before = await contentsOf(bench);
    const finished = await bench.check();
    expect(finished.code, finished.stdout).toBe(0);
    const lines = linesOf(finished);
    expect(lineOf(lines, 'store.delete')).toMatchObject({
      level: 'warn',
      says: expect.stringContaining(
        'may not delete archives, which a writer without a retention policy need not',
      ),
    });
    expect(lineOf(lines, 'store.delete.leases')).toMatchObject({ level: 'warn' });
    expect(await contentsOf(bench)).toEqual(before);
  });

  it('a store whose deletion is refused only for what is there: it names what stays', async () => {
    await using bench = await start();
    // The first deletion of each is of an object that is not there.
    const fault = { kind: 'error', code: 'AccessDenied' } as const;
    for (const key of [/\.locks\//, /_check-/]) {
      bench.s3.fail({ operation: 'DeleteObject', key, fault, skip: 1, ...FOREVER });
    }
    const finished = await bench.check();
    expect(finished.code).toBe(1);
    const left = linesOf(finished).filter(({ id }) => id === 'store.left');
    expect(left.map(({ level }) => level)).toEqual(['fail', 'fail']);
    const keys = bench.s3.keys().filter((key) => key.includes('check-'));
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      const name = key.replace(/^.*\.locks\//, '').replace(/\.json$/, '');
      expect(left.map(({ says }) => says).join('\n')).toContain(name);
    }
  });

  it.each([
    ['a bucket with versions', { versioning: true }, {}],
    [
      'a lock by default',
      { versioning: true, defaultRetention: { mode: 'GOVERNANCE', days: 30 } as const },
      {},
    ],
    [
      'a lock that is asked for',
      { versioning: true, objectLock: true },
      { S3_OBJECT_LOCK_MODE: 'GOVERNANCE', S3_OBJECT_LOCK_DAYS: '30' },
    ],
  ])('versions that it may not remove, in %s: it makes none', async (_, options, extra) => {
    await using bench = await start(options);
    bench.deny('ListObjectVersions');
    const before = await contentsOf(bench);
    const finished = await bench.check({ RETENTION_KEEP_LAST: '7', ...extra });
    expect(finished.code).toBe(0);
    const lines = linesOf(finished);
    for (const id of ['store.delete', 'store.delete.leases']) {
      expect(lineOf(lines, id)).toMatchObject({
        level: 'warn',
        says: expect.stringMatching(/tried.*since versions would stay: .*403 AccessDenied/),
        remedy: expect.stringContaining('docs/rights.md'),
      });
    }
    expect(lineOf(lines, 'store.delete')?.remedy).toMatch(/may delete archives, since retention does/);
    expect(lineOf(lines, 'store.versioning')).toMatchObject({
      level: 'warn',
      says: expect.stringContaining('stays as an older version'),
      remedy: expect.stringContaining('NoncurrentVersionExpiration'),
    });
    expect(await contentsOf(bench)).toEqual(before);
  });

  it.each([
    ['versions', {}],
    ['a lock that is asked for', { S3_OBJECT_LOCK_MODE: 'GOVERNANCE', S3_OBJECT_LOCK_DAYS: '30' }],
  ])(
    'versions in a bucket that does not show that it has them: it names all that stays (%s)',
    async (_, extra) => {
      await using bench = await start({
        versioning: true,
        objectLock: true,
        quirks: { bucketSettings: 'unknown' },
      });
      bench.deny('ListObjectVersions');
      const { versions: before } = await contentsOf(bench);
      const finished = await bench.check(extra);
      expect(finished.code).toBe(0);
      const left = linesOf(finished).filter(({ id }) => id === 'store.left');
      expect(left.map(({ level }) => level)).toEqual(['warn', 'warn']);
      const made = new Set(bench.s3.versions().filter((key) => !before.includes(key)));
      expect(made.size).toBe(2);
      for (const key of made) expect(left.map(({ says }) => says).join('\n')).toContain(key);
    },
  );

  it('a store that honours no condition, shows no uploads and no settings', async () => {
    await using bench = await start({
      quirks: {
        conditionalWrites: 'ignored',
        uploadListing: 'none',
        bucketSettings: 'unknown',
        checksums: 'ignored',
      },
    });
    const finished = await bench.check();
    expect(finished.code, finished.stdout).toBe(0);
    const lines = linesOf(finished);
    const warned = lines.filter(({ level }) => level === 'warn').map(({ id }) => id);
    expect(warned).toEqual(['store.uploads', 'store.conditional']);
    expect(lineOf(lines, 'store.lifecycle')?.says).toBe('the store shows no lifecycle rules');
  });

  it('an Object Lock by default: nothing is written that would be held', async () => {
    await using bench = await start({ defaultRetention: { mode: 'GOVERNANCE', days: 30 }, versioning: true });
    const before = await contentsOf(bench);
    const finished = await bench.check();
    const lines = linesOf(finished);
    expect(lineOf(lines, 'store.object-lock')?.says).toContain('for 30 days');
    expect(finished.code, finished.stdout).toBe(0);
    expect(await contentsOf(bench)).toEqual(before);
  });

  it('a database that fails: the others are looked at all the same', async () => {
    await using bench = await start();
    const lost: SimulatedDatabase = bench.world.scalingo.addDatabase({ app: 'blog' });
    const config = await bench.world.configFile({ databases: [lost, bench.database] });
    lost.fail('database', answer(403, { error: 'forbidden', code: 'forbidden' }), 9);
    const finished = await bench.world.run(
      ['check', '--json', '--config', config],
      bench.world.environment(),
    );
    expect(finished.code).toBe(1);
    const lines = linesOf(finished);
    const faults = lines.filter(({ level }) => level === 'fail');
    expect(faults).toMatchObject([{ id: 'database.source', subject: 'database blog' }]);
    expect(lines).toContainEqual(
      expect.objectContaining({ id: 'database.download', subject: 'database shop' }),
    );
  });

  it('a ready token, and a storage class that has to be restored', async () => {
    await using bench = await start();
    const { SCALINGO_API_TOKEN: _, ...env } = bench.env({ S3_STORAGE_CLASS: 'GLACIER' });
    const bearer = bench.world.scalingo.issueDatabaseBearer(bench.database);
    const finished = await bench.world.run(['check', '--json'], { ...env, DB_BEARER_TOKEN: bearer });
    expect(finished.code, finished.stdout).toBe(0);
    const lines = linesOf(finished);
    const warned = lines.filter(({ level }) => level === 'warn').map(({ id }) => id);
    expect(warned).toEqual(['scalingo.token', 'store.range']);
    expect(bench.world.scalingo.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('what happens to a database', async () => {
    await using bench = await start();
    const { database } = bench;
    database.currentOperation = 'op-7';
    database.status = 'upgrading';
    database.maintenanceWindow = { weekday_utc: 2, starting_hour_utc: 1, duration_in_hour: 8 };
    const lines = linesOf(await bench.check());
    expect(lineOf(lines, 'database.operation')).toMatchObject({
      level: 'warn',
      says: expect.stringContaining('op-7'),
    });
    expect(lineOf(lines, 'database.status')).toMatchObject({ level: 'warn', says: 'it is upgrading' });
    expect(lineOf(lines, 'database.schedule')).toMatchObject({
      level: 'warn',
      says: expect.stringMatching(/T03:00Z lies in the maintenance window \(Tuesday 01:00 UTC, 8 h\)$/),
    });
  });

  it('an archive of another database under this name', async () => {
    await using bench = await start();
    const identity = { database: 'shop', createdAt: new Date('2026-01-01T03:00:00Z'), backupId: 'b1' };
    seedArchive(bench.s3, bench.world.prefix, identity, { addonId: 'ad-another', size: 2000 });
    const finished = await bench.check();
    expect(finished.code).toBe(1);
    expect(lineOf(linesOf(finished), 'database.archives')).toMatchObject({
      level: 'fail',
      remedy: expect.stringContaining('another name'),
    });
  });

  it('a manual backup that the next one pushes out', async () => {
    await using bench = await start();
    bench.database.manualLimit = 10;
    for (let day = 1; day <= 10; day++) {
      bench.database.addBackup({ method: 'manual', createdAt: Date.now() - day * 86_400_000 });
    }
    const lines = linesOf(await bench.check());
    expect(lineOf(lines, 'database.quota')).toMatchObject({
      level: 'warn',
      says: expect.stringMatching(/^10 of the 10 manual backups .* which is not in the bucket$/),
    });
    // These modes make none.
    expect(lineOf(linesOf(await bench.check({ BACKUP_MODE: 'mirror' })), 'database.quota')).toBeUndefined();
  });
});
