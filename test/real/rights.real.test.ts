import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { type Feature, policyFor, type Role } from '../../src/stores/s3/rights.ts';
import type { Finished } from '../support/archiver-process.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { type PolicedKeys, PolicedMinio } from './policed-minio.ts';

const BUCKET = 'archives';
const archive = syntheticArchive({ size: 9 * 2 ** 20, seed: 'rights' });

let folder: string;
let minio: PolicedMinio;
let bucket: BucketView;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minio-'));
  minio = await PolicedMinio.start(folder, [BUCKET]);
  const { endpoint, region, root } = minio;
  bucket = new BucketView({ name: 'minio', endpoint, region, ...root, bucket: BUCKET });
}, 120_000);
afterAll(async () => {
  bucket.close();
  await minio[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A prefix of its own, and keys of the roles for it, as docs/rights.md has them. */
async function start(...features: Feature[]) {
  const world = await World.start(bucket);
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const keys = (role: Role) =>
    minio.keysFor(policyFor(role, { bucket: BUCKET, prefix: world.prefix, features: new Set(features) }));
  const [writer, pruner, reader] = await Promise.all([keys('writer'), keys('pruner'), keys('reader')]);
  return {
    world,
    database,
    writer,
    pruner,
    reader,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

function as(
  { world, database }: { world: World; database: SimulatedDatabase },
  { accessKeyId, secretAccessKey, sessionToken }: PolicedKeys,
  args: readonly string[],
  extra: Record<string, string> = {},
): Promise<Finished> {
  return world.run(args, {
    ...world.environment(database),
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    BACKUP_REUSE_WITHIN: '0s',
    ...extra,
  });
}

const forbidden = ({ events }: Finished, right: string) =>
  expect(events.map(({ error }) => error)).toContainEqual(
    expect.objectContaining({ code: 's3.forbidden', hint: expect.stringContaining(right) }),
  );

describe('the roles of docs/rights.md on MinIO', { timeout: 120_000 }, () => {
  it('the writer makes archives and cannot delete one; the reader lists them; the pruner prunes', async () => {
    await using roles = await start();
    const { world, writer, pruner, reader } = roles;
    for (let night = 0; night < 3; night++) {
      const made = await as(roles, writer, ['run']);
      expect(made.code, made.stdout).toBe(0);
    }
    const all = await world.keys();
    expect(all).toHaveLength(6);
    expect(await bucket.keys(`${world.prefix}.locks/`)).toEqual([]);
    const client = minio.client(writer);
    for (const key of all) {
      const command = new DeleteObjectCommand({ Bucket: BUCKET, Key: world.prefix + key });
      await expect(client.send(command)).rejects.toMatchObject({ name: 'AccessDenied' });
    }
    client.destroy();
    const policy = { RETENTION_KEEP_LAST: '2' };
    const refused = await as(roles, writer, ['prune'], policy);
    expect(refused.code).toBe(1);
    forbidden(refused, 's3:DeleteObject');
    expect(await world.keys()).toEqual(all);

    const listed = await as(roles, reader, ['list']);
    expect(listed.code, listed.stderr).toBe(0);
    expect(listed.stdout.match(/shop/g)?.length).toBeGreaterThanOrEqual(3);
    for (const verb of ['run', 'prune']) {
      expect((await as(roles, reader, [verb], policy)).code).toBe(1);
      expect(await world.keys()).toEqual(all);
    }

    const pruned = await as(roles, pruner, ['prune'], policy);
    expect(pruned.code, pruned.stdout).toBe(0);
    expect(await world.keys()).toHaveLength(4);
    expect((await as(roles, pruner, ['run'])).code).toBe(1);
    expect(await world.keys()).toHaveLength(4);
  });

  it('with tags and Object Lock they need the rights of these', async () => {
    await using roles = await start('tags', 'objectLock');
    await using without = await start();
    const features = { S3_TAGS: 'kind=backup', S3_OBJECT_LOCK_MODE: 'GOVERNANCE', S3_OBJECT_LOCK_DAYS: '1' };
    const refused = await as(without, without.writer, ['run'], features);
    expect(refused.code).toBe(1);
    forbidden(refused, 's3:PutObjectRetention');
    for (let night = 0; night < 2; night++) {
      const made = await as(roles, roles.writer, ['run'], features);
      expect(made.code, made.stdout).toBe(0);
    }
    const planned = await as(roles, roles.pruner, ['prune', '--dry-run'], { RETENTION_KEEP_LAST: '1' });
    expect(planned.stdout).toContain('shop: 2 of 2 stay, 0 go, 1 retained by Object Lock');
    const pruned = await as(roles, roles.pruner, ['prune'], { RETENTION_KEEP_LAST: '1' });
    expect(pruned.code, pruned.stdout).toBe(0);
    expect(await roles.world.keys()).toHaveLength(4);
  });

  it('the probe fails for a writer that may not abort uploads, before a backup is made', async () => {
    await using roles = await start();
    const { world, database } = roles;
    const place = { bucket: BUCKET, prefix: world.prefix, features: new Set<Feature>() };
    const { Version, Statement } = policyFor('writer', place);
    const less = Statement.map((each) => ({
      ...each,
      Action: each.Action.filter((action) => action !== 's3:AbortMultipartUpload'),
    }));
    const refused = await as(roles, await minio.keysFor({ Version, Statement: less }), ['run']);
    expect(refused.code).toBe(1);
    forbidden(refused, 's3:AbortMultipartUpload');
    expect(database.backups).toEqual([]);
  });
});
