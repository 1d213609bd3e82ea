import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ArchiveIdentity, archiveKey, manifestKey, policyKey } from '../../src/model/archive-key.ts';
import { seededManifest } from '../support/seeded-archive.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { type RealServer, startSeaweedFS, startVersityGW } from './servers.ts';

const DAY = 86_400_000;

describe.each([
  ['SeaweedFS', startSeaweedFS],
  ['versitygw', startVersityGW],
])('retention on %s', (_, start) => {
  let server: RealServer;
  let bucket: BucketView;
  let folder: string;
  let world: World;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 's3-'));
    server = await start({ dir: folder });
    bucket = new BucketView(server);
    world = await World.start(bucket);
  }, 120_000);
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    bucket.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function put(key: string, body: string): Promise<void> {
    await bucket.client.send(new PutObjectCommand({ Bucket: server.bucket, Key: key, Body: body }));
  }

  /** The archive of the night so many days ago, as this program leaves it. */
  async function seed(prefix: string, daysAgo: number, addonId: string): Promise<void> {
    const createdAt = new Date(Math.floor(Date.now() / DAY - daysAgo) * DAY);
    const identity: ArchiveIdentity = { database: 'shop', createdAt, backupId: `night-${daysAgo}` };
    await put(archiveKey(prefix, identity), 'x'.repeat(100));
    await put(manifestKey(prefix, identity), seededManifest(identity, { addonId, size: 100 }, prefix));
  }

  test('a plan changes nothing, its deletion leaves what it keeps and what is not ours', async () => {
    const database = world.scalingo.addDatabase({ app: 'shop' });
    for (let days = 1; days <= 12; days++) await seed(world.prefix, days, database.id);
    const foreign = ['shop/notes.txt', 'other/2020-01-01T00-00-00Z_a.tar.gz'];
    for (const key of foreign) await put(world.prefix + key, 'x');
    const before = await world.keys();
    const env = world.environment(database, { RETENTION_KEEP_LAST: '7' });
    const planned = await world.run(['prune', '--dry-run'], env);
    expect(planned.code, planned.stderr).toBe(0);
    expect(planned.stdout).toContain('shop: 7 of 12 stay, 5 go');
    expect(await world.keys()).toEqual(before);
    const pruned = await world.run(['prune'], env);
    expect(pruned.code, pruned.stderr).toBe(0);
    const left = await world.keys();
    expect(left).toHaveLength(7 * 2 + foreign.length);
    expect(left).toEqual(expect.arrayContaining(foreign));
    expect((await world.manifests()).map(({ backupId }) => backupId).sort()).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((days) => `night-${days}`),
    );
    expect(await bucket.keys(`${world.prefix}.locks/`)).toEqual([policyKey(world.prefix, 'shop')]);
  });

  test('a page that ends with the last key casts no doubt on the listing', async () => {
    const prefix = 'full/';
    const addonId = 'ad-11111111-2222-3333-4444-555555555555';
    const nights = Array.from({ length: 500 }, (_unused, index) => index + 1).values();
    const seeding = async () => {
      for (const days of nights) await seed(prefix, days, addonId);
    };
    await Promise.all(Array.from({ length: 16 }, seeding));
    expect(await bucket.keys(prefix)).toHaveLength(1000);
    const env = {
      ...world.environment(),
      S3_PREFIX: prefix,
      DATABASE_NAME: 'shop',
      SCALINGO_APP: 'shop',
      DATABASE_ID: addonId,
      RETENTION_KEEP_LAST: '499',
    };
    const { code, stdout, stderr } = await world.run(['prune'], env);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('shop: 499 of 500 stay, 1 removed');
  });
});
