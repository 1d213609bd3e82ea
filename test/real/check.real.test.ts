import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Finding } from '../../src/check/finding.ts';
import { type Policy, policyFor, type Role } from '../../src/stores/s3/rights.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { PolicedMinio } from './policed-minio.ts';
import { startRclone, startVersityGW } from './servers.ts';

/** Made with Object Lock, and so with versions. */
const LOCKED = 'locked';
const PLAIN = 'plain';

let folder: string;
let minio: PolicedMinio;
let root: S3Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minio-'));
  minio = await PolicedMinio.start(folder, [LOCKED]);
  root = minio.client(minio.root);
  await root.send(new CreateBucketCommand({ Bucket: PLAIN }));
}, 120_000);
afterAll(async () => {
  root.destroy();
  await minio[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A prefix of its own in a bucket, which is asked from outside. */
async function start(bucket: string) {
  const { endpoint, region, root: keys } = minio;
  const view = new BucketView({ name: 'minio', endpoint, region, ...keys, bucket });
  const world = await World.start(view);
  const database = world.scalingo.addDatabase({ app: 'shop', archive: syntheticArchive({ size: 2000 }) });
  database.addBackup();
  return {
    world,
    check: async (extra: Record<string, string> = {}) => {
      const { code, stdout, stderr } = await world.run(
        ['check', '--json'],
        world.environment(database, extra),
      );
      expect(stdout, stderr).toMatch(/^\[/);
      const lines = JSON.parse(stdout) as Finding[];
      const amiss = lines.filter(({ level }) => level !== 'ok');
      return { code, lines, amiss: amiss.map(({ level, id }) => `${level} ${id}`) };
    },
    /** Keys of all versions, markers and uploads below the prefix. */
    left: async () => {
      const { Versions: versions = [], DeleteMarkers: markers = [] } = await root.send(
        new ListObjectVersionsCommand({ Bucket: bucket, Prefix: world.prefix }),
      );
      return [...[...versions, ...markers].map(({ Key: key }) => key), ...(await world.unfinishedUploads())];
    },
    async [Symbol.asyncDispose]() {
      view.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

type Bench = Awaited<ReturnType<typeof start>>;

async function keysFor({ world }: Bench, bucket: string, role: Role, ...more: string[]) {
  const place = { bucket, prefix: world.prefix, features: new Set(['check' as const]) };
  const policy: Policy = policyFor(role, place);
  const Statement = [...policy.Statement, ...more.map((action) => grant(action, bucket))];
  const keys = await minio.keysFor({ ...policy, Statement });
  return {
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    AWS_SESSION_TOKEN: keys.sessionToken,
  };
}

function grant(action: string, bucket: string): Policy['Statement'][number] {
  return {
    Effect: 'Allow',
    Action: [action],
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  };
}

describe('check on MinIO', { timeout: 60_000 }, () => {
  it.each([PLAIN, LOCKED])(
    'with all rights finds no fault in the bucket "%s", and leaves nothing',
    async (bucket) => {
      await using bench = await start(bucket);
      expect(await bench.check()).toMatchObject({ code: 0, amiss: [] });
      expect(await bench.left()).toEqual([]);
    },
  );

  it('tells the roles apart, and leaves nothing', async () => {
    await using bench = await start(PLAIN);
    const writer = await keysFor(bench, PLAIN, 'writer');
    expect(await bench.check(writer)).toMatchObject({ code: 0, amiss: ['warn store.delete'] });
    const pruning = await bench.check({ ...writer, RETENTION_KEEP_LAST: '7' });
    expect(pruning).toMatchObject({ code: 1, amiss: ['fail store.delete'] });
    const both = await keysFor(bench, PLAIN, 'writer', 's3:DeleteObject');
    expect(await bench.check({ ...both, RETENTION_KEEP_LAST: '7' })).toMatchObject({ code: 0, amiss: [] });
    const reader = await bench.check(await keysFor(bench, PLAIN, 'reader'));
    expect(reader.code).toBe(1);
    expect(reader.amiss).toEqual(['fail store.upload', 'warn store.delete.leases', 'warn store.settings']);
    const { remedy = '' } = reader.lines.find(({ id }) => id === 'store.settings') ?? {};
    expect(remedy).toContain('s3:GetLifecycleConfiguration');
    expect(await bench.left()).toEqual([]);
  });

  it.each([
    ['that it may not list', ['s3:DeleteObject']],
    ['that it may not delete', ['s3:DeleteObject', 's3:ListBucketVersions']],
    ['without a right to delete', []],
  ])('makes no versions %s', async (_, more) => {
    await using bench = await start(LOCKED);
    const keys = await keysFor(bench, LOCKED, 'writer', ...more);
    expect(await bench.check(keys)).toMatchObject({
      code: 0,
      amiss: ['warn store.delete.leases', 'warn store.delete'],
    });
    expect(await bench.left()).toEqual([]);
  });

  it('finds no fault where keys may list and delete versions, and leaves nothing', async () => {
    await using bench = await start(LOCKED);
    const more = ['s3:DeleteObject', 's3:ListBucketVersions', 's3:DeleteObjectVersion'];
    const keys = await keysFor(bench, LOCKED, 'writer', ...more);
    expect(await bench.check(keys)).toMatchObject({ code: 0, amiss: [] });
    expect(await bench.left()).toEqual([]);
  });

  it('finds a lifecycle rule that deletes archives', async () => {
    await using bench = await start(PLAIN);
    await root.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: PLAIN,
        LifecycleConfiguration: {
          Rules: [
            { ID: 'logs', Status: 'Enabled', Filter: { Prefix: 'logs/' }, Expiration: { Days: 3 } },
            {
              ID: 'tidy',
              Status: 'Enabled',
              Filter: { Prefix: bench.world.prefix },
              Expiration: { Days: 30 },
            },
          ],
        },
      }),
    );
    const { code, lines } = await bench.check();
    expect(code).toBe(1);
    expect(lines.filter(({ level }) => level === 'fail')).toMatchObject([
      { id: 'store.lifecycle.deletes', says: 'the lifecycle rule "tidy" deletes archives after 30 days' },
    ]);
  });

  it('finds Object Lock asked for where it is not enabled, and takes it where it is', async () => {
    const lock = { S3_OBJECT_LOCK_MODE: 'GOVERNANCE', S3_OBJECT_LOCK_DAYS: '1' };
    await using without = await start(PLAIN);
    const { code, amiss } = await without.check(lock);
    expect(code).toBe(1);
    expect(amiss).toContain('fail store.object-lock');
    await using bench = await start(LOCKED);
    expect(await bench.check(lock)).toMatchObject({ code: 0, amiss: [] });
    expect(await bench.left()).toEqual([]);
  });
});

describe.each([
  ['versitygw', startVersityGW, []],
  // It reads no condition, and answers what it does not know with a listing.
  ['rclone', startRclone, ['store.conditional']],
] as const)('check on %s', (_, startServer, warned) => {
  it('finds no fault, and leaves nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'real-server-'));
    await using stack = new AsyncDisposableStack();
    stack.defer(() => rm(dir, { recursive: true, force: true }));
    const view = stack.adopt(new BucketView(stack.use(await startServer({ dir }))), (each) => each.close());
    const world = stack.use(await World.start(view));
    const database = world.scalingo.addDatabase({ app: 'shop', archive: syntheticArchive({ size: 2000 }) });
    const { code, stdout } = await world.run(['check', '--json'], world.environment(database));
    const lines = JSON.parse(stdout) as Finding[];
    expect(lines.filter(({ level }) => level !== 'ok').map(({ id }) => id)).toEqual(warned);
    expect(lines.find(({ id }) => id === 'store.lifecycle')?.says).toBe('the store shows no lifecycle rules');
    expect(code).toBe(0);
    expect(await view.keys('')).toEqual([]);
    expect(await world.unfinishedUploads()).toEqual([]);
  }, 60_000);
});
