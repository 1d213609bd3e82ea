import { describe, expect, it } from 'vitest';
import { forbidden, notFound, serverError } from '../../sandbox/scalingo/fault.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { calm, failureOf } from '../stores/s3/store-fixture.ts';
import { HOUR } from '../support/database-job.ts';
import { archive, start } from './shop-world.ts';
import { Workbench } from './workbench.ts';

describe('a database that cannot be archived', () => {
  it.each(['elasticsearch', 'opensearch', 'postgresql-ng'])('because it is of type %s', async (type) => {
    await using bench = await Workbench.start();
    const database = bench.scalingo.addDatabase({ app: 'shop', type });
    const error = await failureOf(archiveDatabase(bench.job(database), calm()));
    expect(error).toMatchObject({
      code: 'database.not_downloadable',
      message: expect.stringContaining(`shop is of type ${type}`),
      hint: expect.any(String),
    });
    expect(database.backups).toEqual([]);
    expect(bench.s3.requests).toEqual([]);
  });

  it('because its name belongs to another addon: nothing is made, read or changed', async () => {
    await using world = await start();
    const { bench, database } = world;
    await world.run();
    const before = bench.s3.keys();
    const other = bench.scalingo.addDatabase({ app: 'shop-new', archive });
    const error = await failureOf(archiveDatabase(bench.job(other, {}, { name: 'shop' }), calm()));
    expect(error).toMatchObject({
      code: 'archive.foreign_addon',
      message: `the archives named shop are of ${database.id}, the configuration says ${other.id}`,
      details: { archivedAddonId: database.id, addonId: other.id },
    });
    expect(other.backups).toEqual([]);
    expect(bench.s3.keys()).toEqual(before);
  });

  it.each([
    ['has no bucket', { operation: 'CreateMultipartUpload', code: 'NoSuchBucket' }, 's3.no_such_bucket'],
    ['may not be written', { operation: 'UploadPart', code: 'AccessDenied' }, 's3.forbidden'],
    ['is full', { operation: 'UploadPart', code: 'QuotaExceeded' }, 's3.full'],
    ['cannot be listed', { operation: 'ListObjectsV2', code: 'AccessDenied' }, 's3.forbidden'],
    [
      'does not tell its uploads',
      { operation: 'ListMultipartUploads', code: 'AccessDenied' },
      's3.forbidden',
    ],
  ] as const)('because its store %s: that costs no backup', async (_, { operation, code }, expected) => {
    await using world = await start();
    world.bench.s3.fail({ operation, fault: { kind: 'error', code }, times: Number.POSITIVE_INFINITY });
    expect((await failureOf(world.run())).code).toBe(expected);
    expect(world.bench.scalingo.count('create')).toBe(0);
    expect(world.bench.s3.uploads()).toEqual([]);
    expect(world.bench.s3.keys()).toEqual([]);
  });

  it('because its bucket is full, really: that costs no backup', async () => {
    await using world = await start({ server: { quirks: { quota: 10 } } });
    expect(await failureOf(world.run())).toMatchObject({ code: 's3.full' });
    expect(world.bench.scalingo.count('create')).toBe(0);
  });
});

describe('a manifest that cannot be read', () => {
  const manifestOf = ({ bench }: Awaited<ReturnType<typeof start>>, backupId: string | undefined) =>
    bench.s3.keys().find((key) => key.endsWith(`_${backupId}.manifest.json`)) ?? '';

  it('is told as an error, and costs no night its backup', async () => {
    await using world = await start();
    const [broken] = await world.run();
    const key = manifestOf(world, broken?.backupId);
    world.bench.s3.put(key, '{"version":1}');
    const [manifest] = await world.run({ reuseWithin: 0 });
    expect(world.database.backups.map(({ id }) => id)).toContain(manifest?.backupId);
    expect(manifest?.backupId).not.toBe(broken?.backupId);
    const told = world.bench.events.filter(({ event }) => event === 'archive.bad_manifest');
    expect(told).toMatchObject([
      { level: 'error', fields: { backupId: broken?.backupId, error: { code: 'manifest.invalid' } } },
    ]);
    // It is for a person to repair: what is there stays as it is.
    expect(world.bench.s3.keys()).toContain(key);
    expect(world.bench.s3.keys()).toHaveLength(4);
  });

  it('lets nobody else in under the name: the next one that can be read decides', async () => {
    await using world = await start();
    await world.run();
    const [newest] = await world.run({ reuseWithin: 0 });
    world.bench.s3.put(manifestOf(world, newest?.backupId), 'no JSON');
    const other = world.bench.scalingo.addDatabase({ app: 'shop-new', archive });
    const error = await failureOf(archiveDatabase(world.bench.job(other, {}, { name: 'shop' }), calm()));
    expect(error).toMatchObject({ code: 'archive.foreign_addon' });
    expect(other.backups).toEqual([]);
  });
});

describe('mode create', () => {
  it('makes a backup, and another in the next run', async () => {
    await using world = await start();
    const [first] = await world.run();
    expect(first?.size).toBe(archive.size);
    expect(await world.bench.holdsOnly(archive)).toBe(true);
    await world.run({ reuseWithin: 0 });
    expect(world.database.backups).toHaveLength(2);
    expect(await world.bench.manifests()).toHaveLength(2);
  });

  it('takes a done one that is young enough, and no older one', async () => {
    await using world = await start();
    world.database.addBackup({ createdAt: world.ago(2) });
    const young = world.database.addBackup({ createdAt: world.ago(0.5) });
    const [manifest] = await world.run();
    expect(manifest?.backupId).toBe(young.id);
    expect(world.bench.scalingo.count('create')).toBe(0);
    // That one is archived now: the next run makes its own, although it is young still.
    await world.run();
    expect(world.bench.scalingo.count('create')).toBe(1);
  });

  it('waits for one in flight instead of making a second, also for a word that nobody knows', async () => {
    await using world = await start();
    const statuses = ['queued-by-somebody', 'cancelling', 'running', 'done'];
    const running = world.database.addBackup({ createdAt: world.ago(1), timeline: { statuses } });
    const [manifest] = await world.run();
    expect(manifest?.backupId).toBe(running.id);
    expect(world.bench.scalingo.count('create')).toBe(0);
  });

  it('fails with the backup that fails, and leaves nothing behind', async () => {
    await using world = await start();
    world.database.nextBackups({ outcome: 'error' });
    expect((await failureOf(world.run())).code).toBe('backup.failed');
    expect(world.bench.s3.keys()).toEqual([]);
    expect(world.bench.s3.uploads()).toEqual([]);
  });

  it('that met the deadline is gone on with by the next run', async () => {
    await using world = await start();
    world.database.nextBackups({ timeline: { scheduledMs: HOUR, runningMs: 2 * HOUR } });
    expect((await failureOf(world.run({ timeout: HOUR }))).code).toBe('backup.timeout');
    const [manifest] = await world.run();
    expect(manifest?.backupId).toBe(world.database.newestBackup.id);
    expect(world.database.backups).toHaveLength(1);
    expect(await world.bench.holdsOnly(archive)).toBe(true);
  });
});

describe('mode latest', () => {
  it('archives the newest done one, and makes none', async () => {
    await using world = await start();
    world.database.addBackup({ createdAt: world.ago(48) });
    const newest = world.database.addBackup({ createdAt: world.ago(24) });
    world.database.addBackup({ createdAt: world.ago(1), status: 'error' });
    world.database.addBackup({ createdAt: world.ago(0.1), status: 'running' });
    const [manifest] = await world.run({ mode: 'latest' });
    expect(manifest?.backupId).toBe(newest.id);
    expect(world.bench.scalingo.count('create')).toBe(0);
  });

  it('has nothing to do when that one is archived', async () => {
    await using world = await start();
    world.database.addBackup({ createdAt: world.ago(24) });
    await world.run({ mode: 'latest' });
    expect(await world.run({ mode: 'latest' })).toEqual([]);
    expect(world.bench.fieldsOf('archive.skipped')).toMatchObject([{ reason: 'archived' }]);
  });

  it.each(['latest', 'mirror'] as const)('(%s) with no finished backup says so', async (mode) => {
    await using world = await start();
    world.database.addBackup({ status: 'error' });
    world.database.addBackup({ status: 'running' });
    expect(await failureOf(world.run({ mode }))).toMatchObject({
      code: 'backup.none',
      hint: expect.stringContaining('periodic backups'),
    });
    expect(world.bench.scalingo.count('create')).toBe(0);
  });
});

describe('mode mirror', () => {
  it('fetches every done one that is missing, and makes none', async () => {
    await using world = await start();
    for (const days of [1, 2, 3]) world.database.addBackup({ createdAt: world.ago(24 * days) });
    expect(await world.run({ mode: 'mirror' })).toHaveLength(3);
    expect(await world.run({ mode: 'mirror' })).toEqual([]);
    const fresh = world.database.addBackup({ createdAt: world.ago(0.1) });
    expect((await world.run({ mode: 'mirror' })).map(({ backupId }) => backupId)).toEqual([fresh.id]);
  });
  it('is not held up by one that cannot be had: the others come home before Scalingo forgets them', async () => {
    await using world = await start();
    const [fresh, broken, gone, old] = [1, 2, 3, 4].map((days) =>
      world.database.addBackup({ createdAt: world.ago(24 * days) }),
    );
    world.bench.scalingo.intercept = ({ operation, backupId }) =>
      operation === 'archive' && [broken?.id, gone?.id].includes(backupId ?? '')
        ? notFound('backup')
        : undefined;
    const error = await failureOf(world.run({ mode: 'mirror' }));
    expect(error).toMatchObject({
      code: 'scalingo.not_found',
      message: expect.stringContaining(String(broken?.id)),
    });
    const archived = (await world.bench.manifests()).map(({ backupId }) => backupId);
    expect(archived.sort()).toEqual([fresh?.id, old?.id].sort());
    expect(world.bench.fieldsOf('archive.passed_over')).toMatchObject([
      { backupId: broken?.id, error: { code: 'scalingo.not_found' } },
      { backupId: gone?.id, error: { code: 'scalingo.not_found' } },
    ]);
    expect(world.bench.s3.uploads()).toEqual([]);
  });

  it('does not try all of them at a Scalingo that hands out none', async () => {
    await using world = await start();
    const backups = [1, 2, 3, 4].map((days) => world.database.addBackup({ createdAt: world.ago(24 * days) }));
    world.bench.scalingo.intercept = ({ operation }) =>
      operation === 'download' ? serverError(503) : undefined;
    const error = await failureOf(world.run({ mode: 'mirror' }));
    expect(error).toMatchObject({ code: 'archive.source_failed' });
    const asked = new Set(world.bench.scalingo.requestsOf('archive').map(({ backupId }) => backupId));
    expect([...asked]).toEqual(backups.slice(0, 2).map(({ id }) => id));
  });

  it('ends at once with what is no fault of one backup', async () => {
    await using world = await start();
    for (const days of [1, 2]) world.database.addBackup({ createdAt: world.ago(24 * days) });
    world.bench.scalingo.intercept = ({ operation }) => (operation === 'archive' ? forbidden() : undefined);
    expect(await failureOf(world.run({ mode: 'mirror' }))).toMatchObject({ code: 'scalingo.forbidden' });
    expect(world.bench.scalingo.count('archive')).toBe(2);
    expect(world.bench.fieldsOf('archive.passed_over')).toEqual([]);
  });
});

describe('a slot that is tried again', () => {
  it('takes the backup that its first run has made, however long ago that is', async () => {
    await using world = await start();
    const { bench, database } = world;
    const slotBegan = new Date(bench.clock.now());
    // The download fails until nothing is left to resume.
    bench.scalingo.intercept = ({ operation }) => (operation === 'download' ? serverError() : undefined);
    await failureOf(world.run({ slotBegan, maxAttempts: 1 }));
    bench.scalingo.intercept = () => undefined;
    await bench.clock.sleep(3 * HOUR);
    const [manifest] = await world.run({ slotBegan });
    expect(manifest?.backupId).toBe(database.newestBackup.id);
    expect(bench.scalingo.count('create')).toBe(1);
    // A slot of its own makes one of its own.
    await bench.clock.sleep(3 * HOUR);
    await world.run({ slotBegan: new Date(bench.clock.now()) });
    expect(bench.scalingo.count('create')).toBe(2);
  });
});
