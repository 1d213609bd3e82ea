import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doubledArchive, truncatedArchive } from '../../sandbox/archive/altered-archive.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { cuts, errorTextAnswer } from '../../sandbox/scalingo/download-behaviour.ts';
import { answerLost } from '../../sandbox/scalingo/fault.ts';
import type { Finished } from '../support/archiver-process.ts';
import { BucketView, type StoreAddress } from '../support/test-store.ts';
import { World } from '../support/world.ts';

const MiB = 2 ** 20;
const HOUR = 3_600_000;

/**
 * The main job, end to end: the real program, a simulated Scalingo and any S3 store. The same suite runs on
 * the sandbox's own store and on real servers.
 */
export function mainJobSuite(
  open: () => Promise<{
    store: StoreAddress;
    /** Whether it takes every request, whoever signed it. Default: as it should, it does not. */
    checksNoSignature?: boolean;
    close: () => Promise<void>;
  }>,
): void {
  let bucket: BucketView;
  let close: () => Promise<void>;
  let world: World;
  let checksNoSignature: boolean;

  beforeAll(async () => {
    const opened = await open();
    bucket = new BucketView(opened.store);
    checksNoSignature = opened.checksNoSignature ?? false;
    close = opened.close;
  }, 120_000);
  afterAll(async () => {
    bucket.close();
    await close();
  });
  beforeEach(async () => {
    world = await World.start(bucket);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });

  describe('an archive', () => {
    it.each([
      ['smaller than a part', 300],
      ['of exactly one part', 8 * MiB],
      ['of one part and a byte', 8 * MiB + 1],
      ['of several parts', 21 * MiB + 12_345],
    ])('%s arrives byte for byte', async (_, size) => {
      const archive = syntheticArchive({ size, seed: 'arrives' });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      const finished = await world.archive(database);
      expect(eventsOf(finished)).toEqual([
        'run.started',
        'backup.created',
        'backup.polled',
        'backup.polled',
        'backup.done',
        'archive.started',
        'archive.completed',
        'run.completed',
      ]);
      expect(finished.code).toBe(0);
      const manifest = await world.expectOnlyArchive(archive);
      expect(manifest).toMatchObject({
        version: 1,
        database: 'shop',
        app: 'shop',
        addonId: database.id,
        databaseId: database.databaseId,
        backupId: database.newestBackup.id,
        engine: 'postgresql',
        parts: Math.ceil(size / (8 * MiB)),
        partSize: 8 * MiB,
      });
      expect(manifest.key).toMatch(/shop\/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ_[0-9a-f]{24}\.tar\.gz$/);
    });

    it('shows in the list, newest first', async () => {
      const database = world.scalingo.addDatabase({ app: 'shop' });
      for (const createdAt of ['2024-02-29T01:00:00Z', '2025-06-01T01:00:00Z']) {
        database.addBackup({ createdAt, method: 'periodic' });
      }
      const mirrored = await world.archive(database, { BACKUP_MODE: 'mirror' });
      expect(mirrored.code).toBe(0);
      const listed = await world.run(['list', '--json'], world.environment(database));
      expect(listed.code).toBe(0);
      const rows = JSON.parse(listed.stdout) as { createdAt: string; size: number }[];
      expect(rows.map(({ createdAt }) => createdAt)).toEqual([
        '2025-06-01T01:00:00.000Z',
        '2024-02-29T01:00:00.000Z',
      ]);
      const again = await world.archive(database, { BACKUP_MODE: 'mirror' });
      expect(eventsOf(again)).toContain('archive.skipped');
      expect(again.code).toBe(0);
    });

    it('of databases whose names begin alike shows in the list, and is pruned', async () => {
      // A store may list folder by folder: `shop/` before `shop-eu/`, and `.locks/shop/` before `.locks/shop.json`.
      const databases = ['shop', 'shop-eu', 'shop0'].map((app) => world.scalingo.addDatabase({ app }));
      for (const database of databases) {
        for (const day of [1, 2]) database.addBackup({ createdAt: `2025-06-0${day}T01:00:00Z` });
      }
      const config = await world.configFile({
        databases,
        backup: { mode: 'mirror' },
        retention: { keepLast: 2 },
      });
      const runAs = (verb: string, more: Readonly<Record<string, string>> = {}, ...args: string[]) =>
        world.run([verb, '--config', config, ...args], { ...world.environment(), ...more });
      expect((await runAs('run')).code).toBe(0);
      const policy = { RETENTION_KEEP_LAST: '1', RETENTION_ALLOW_MASS_DELETION: 'true' };
      expect((await runAs('prune', policy, '--yes')).code).toBe(0);
      const listed = await runAs('list', {}, '--json');
      expect(listed.code).toBe(0);
      const rows = JSON.parse(listed.stdout) as { database: string; createdAt: string }[];
      expect(rows.map(({ database, createdAt }) => `${database} ${createdAt}`).sort()).toEqual(
        ['shop', 'shop-eu', 'shop0'].map((name) => `${name} 2025-06-02T01:00:00.000Z`),
      );
    });
  });

  describe('a source that breaks', () => {
    it.each([
      ['with Range', {}, 20],
      ['without Range', { range: 'ignore' }, 20],
      ['with chunks and no length', { framing: 'chunked' }, 5],
    ] as const)(
      '%s is healed, and the bytes are the same',
      async (_, more, times) => {
        const archive = syntheticArchive({ size: 12 * MiB, seed: 'breaks' });
        const database = world.scalingo.addDatabase({ app: 'shop', archive });
        const step = MiB / 2;
        const ignoresRange = 'range' in more;
        const behaviours = Array.from({ length: times }, (_unused, k) =>
          cuts(1, ignoresRange ? step * (k + 1) : step, more),
        ).flat();
        database.nextDownloads(...behaviours);
        database.download = more;
        const finished = await world.archive(database);
        expect(finished.code, finished.stdout).toBe(0);
        expect(eventsOf(finished).filter((event) => event === 'archive.retried')).toHaveLength(times);
        await world.expectOnlyArchive(archive);
        expect(database.backups).toHaveLength(1);
      },
      120_000,
    );

    it('stalls, and is asked again', async () => {
      const archive = syntheticArchive({ size: 9 * MiB, seed: 'stalls' });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.nextDownloads({ stallAfter: 3 * MiB });
      const finished = await world.archive(database, { TRANSFER_STALL_TIMEOUT: '500ms' });
      expect(finished.code, finished.stdout).toBe(0);
      await world.expectOnlyArchive(archive);
    });
  });

  describe('a source that lies', () => {
    const honest = syntheticArchive({ size: 17 * MiB, seed: 'lies' });
    it.each([
      [
        'is truncated, with its own length',
        { archive: truncatedArchive(honest, 16 * MiB) },
        'archive.size_mismatch',
      ],
      [
        'ends early and cleanly',
        { framing: 'chunked', endAfter: 9 * MiB, range: 'ignore' },
        'archive.truncated',
      ],
      ['is doubled', { archive: doubledArchive(honest), framing: 'chunked' }, 'archive.too_long'],
      ['is an error text', errorTextAnswer(), 'archive.not_gzip'],
    ] as const)('%s: no manifest, no object, no upload', async (_, behaviour, code) => {
      const database = world.scalingo.addDatabase({ app: 'shop', archive: honest });
      database.download = behaviour;
      const finished = await world.archive(database, { TRANSFER_MAX_ATTEMPTS: '2' });
      expect(finished.code).toBe(1);
      expect(errorOf(finished)).toMatchObject({ code });
      await world.expectNothing();
    });

    it('states another size than it has: no manifest', async () => {
      const database = world.scalingo.addDatabase({ app: 'shop', archive: honest });
      database.nextBackups({ reportedSize: honest.size + 1 });
      const finished = await world.archive(database);
      expect(finished.code).toBe(1);
      expect(errorOf(finished)).toMatchObject({ code: 'archive.size_mismatch' });
      await world.expectNothing();
    });
  });

  describe('the main job is done once', () => {
    it('when a backup is in flight already', async () => {
      const database = world.scalingo.addDatabase({ app: 'shop' });
      const running = database.addBackup({ method: 'manual', timeline: { polls: 3 } });
      const finished = await world.archive(database);
      expect(finished.code, finished.stdout).toBe(0);
      expect(database.backups.map(({ id }) => id)).toEqual([running.id]);
      expect((await world.manifests()).map(({ backupId }) => backupId)).toEqual([running.id]);
    });

    it('when a recent one is done and not archived', async () => {
      const database = world.scalingo.addDatabase({ app: 'shop' });
      const recent = database.addBackup({ createdAt: Date.now() - HOUR / 2 });
      const finished = await world.archive(database);
      expect(eventsOf(finished)).toContain('backup.adopted');
      expect((await world.manifests()).map(({ backupId }) => backupId)).toEqual([recent.id]);
      expect(database.backups).toHaveLength(1);
    });

    it('when the response to its creation was lost', async () => {
      const database = world.scalingo.addDatabase({ app: 'shop' });
      database.fail('create', answerLost());
      const finished = await world.archive(database);
      expect(finished.code, finished.stdout).toBe(0);
      expect(database.backups).toHaveLength(1);
      expect(await world.manifests()).toHaveLength(1);
    });

    it.each(['SIGKILL', 'SIGTERM'] as const)(
      'when it is ended by %s in mid-copy and started again',
      async (signal) => {
        const archive = syntheticArchive({ size: 24 * MiB, seed: signal });
        const database = world.scalingo.addDatabase({ app: 'shop', archive });
        database.download = { bytesPerSecond: 16 * MiB };
        const env = world.environment(database);
        {
          await using process = world.spawn(['run'], env);
          await process.event('archive.started');
          await world.scalingo.nextRequest('download', database);
          process.kill(signal);
          const { code } = await process.finished();
          expect(code).toBe(signal === 'SIGTERM' ? 143 : null);
        }
        expect(await world.manifests()).toEqual([]);
        // What is left is of this backup: the next run takes it up or puts it away.
        for (const key of await world.unfinishedUploads()) expect(key).toContain(database.newestBackup.id);
        database.download = {};
        const second = await world.run(['run'], env);
        expect(second.code, second.stdout).toBe(0);
        await world.expectOnlyArchive(archive);
        expect(database.backups).toHaveLength(1);
      },
    );

    it('when it died between the object and its manifest: the object is proved and adopted', async () => {
      const archive = syntheticArchive({ size: 9 * MiB, seed: 'orphan' });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      await world.archive(database);
      const [manifest] = await world.manifests();
      await removeManifest();
      const downloads = world.scalingo.count('download', database);
      const finished = await world.archive(database);
      expect(finished.code, finished.stdout).toBe(0);
      expect(finished.events.find(({ event }) => event === 'archive.completed')).toMatchObject({
        adopted: true,
      });
      expect(world.scalingo.count('download', database)).toBe(downloads);
      expect((await world.expectOnlyArchive(archive)).checksum).toEqual(manifest?.checksum);
      expect(database.backups).toHaveLength(1);
    });

    it('when the object without manifest is damaged: it is made again', async () => {
      const archive = syntheticArchive({ size: 9 * MiB, seed: 'damaged' });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      await world.archive(database);
      const [manifest] = await world.manifests();
      const key = manifest?.key ?? '';
      await removeManifest();
      await bucket.client.send(
        new PutObjectCommand({
          Bucket: bucket.address.bucket,
          Key: key,
          Body: Buffer.alloc(archive.size, 7),
          Metadata: (await bucket.head(key)).Metadata ?? {},
        }),
      );
      const finished = await world.archive(database);
      expect(finished.code, finished.stdout).toBe(0);
      await world.expectOnlyArchive(archive);
      expect(database.backups).toHaveLength(1);
    });

    async function removeManifest(): Promise<void> {
      const key = (await bucket.keys(world.prefix)).find((each) => each.endsWith('.manifest.json'));
      await bucket.client.send(new DeleteObjectCommand({ Bucket: bucket.address.bucket, Key: key }));
    }
  });

  describe('a bucket that cannot be written', () => {
    it('costs no backup', async () => {
      const database = world.scalingo.addDatabase({ app: 'shop' });
      const finished = await world.archive(database, { S3_BUCKET: 'there-is-no-such-bucket' });
      expect(finished.code).toBe(1);
      expect(errorOf(finished)).toMatchObject({ code: 's3.no_such_bucket' });
      expect(database.backups).toEqual([]);
    });

    it('with wrong keys says which key to check', async () => {
      const database = world.scalingo.addDatabase({ app: 'shop' });
      const finished = await world.archive(database, {
        AWS_SECRET_ACCESS_KEY: 'not-the-secret-of-this-store',
      });
      if (checksNoSignature) {
        expect(finished.code).toBe(0);
        return;
      }
      expect(finished.code).toBe(1);
      expect(errorOf(finished)).toMatchObject({
        code: 's3.forbidden',
        hint: expect.stringContaining('AWS_SECRET_ACCESS_KEY'),
      });
      expect(database.backups).toEqual([]);
    });
  });

  it('one failure does not stop the others', async () => {
    const good = world.scalingo.addDatabase({ app: 'good' });
    const bad = world.scalingo.addDatabase({ app: 'bad', type: 'elasticsearch' });
    const finished = await world.run(
      ['run', '--config', await world.configFile({ databases: [bad, good] })],
      world.environment(),
    );
    expect(finished.code).toBe(1);
    expect(errorOf(finished)).toMatchObject({ code: 'database.not_downloadable' });
    expect((await world.manifests()).map(({ database }) => database)).toEqual(['good']);
    expect(bad.backups).toEqual([]);
  });
}

function eventsOf(finished: Finished): string[] {
  return finished.events.map(({ event }) => event).filter((event) => event !== 'archive.progress');
}

function errorOf(finished: Finished): unknown {
  return finished.events.find(({ event }) => event === 'archive.failed')?.error;
}
