import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { bufferArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import { tarGzOf } from '../recovery/tar-of.ts';

const MiB = 2 ** 20;

async function start(count = 2, archive = syntheticArchive({ size: 12 * MiB, seed: 'verify' })) {
  const sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const env = world.environment(database, { S3_PART_SIZE: '5MiB', BACKUP_REUSE_WITHIN: '1ms' });
  for (let n = 0; n < count; n++) {
    const made = await world.run(['run'], env);
    expect(made.code, made.stdout).toBe(0);
  }
  const manifests = (await world.manifests()).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  const keys = { ...world.bucket.environment(), S3_PREFIX: world.prefix, LOG_FORMAT: 'json' };
  const { address, client } = world.bucket;
  return {
    ...sandbox,
    manifests,
    env,
    keys,
    verify: (...args: string[]) => world.run(['verify', ...args], keys),
    put: (key: string, body: Buffer | string) =>
      client.send(new PutObjectCommand({ Bucket: address.bucket, Key: key, Body: body })),
    record: async (key: string) =>
      JSON.parse(await world.bucket.text(key.replace('.tar.gz', '.verified.json'))) as Record<
        string,
        unknown
      >,
  };
}

describe('verify', () => {
  it('holds all against their manifests, with a HEAD each, and writes nothing', async () => {
    await using night = await start();
    const before = night.s3.requests.length;
    const { code, stdout, stderr } = await night.verify();
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^DATABASE +CREATED +SIZE +BACKUP +RESULT\n(shop .* as stated\n){2}\n2 archives compared with their manifests: 2 right, 0 wrong\n$/,
    );
    const asked = night.s3.requests.slice(before).map(({ operation }) => operation);
    expect(asked.filter((operation) => operation !== 'ListObjectsV2')).toHaveLength(4);
    expect(asked).not.toContain('PutObject');
  });

  it('reads back with --deep, and writes beside the archive what it found; prune takes that away too', async () => {
    await using night = await start();
    const { manifests, world, env } = night;
    const { code, stdout, stderr } = await night.verify('--deep', '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { backupId: manifests[0]?.backupId, ok: true, deep: { bytes: 12 * MiB, files: 1, dumps: [] } },
      { backupId: manifests[1]?.backupId, ok: true },
    ]);
    expect(await night.record(manifests[0]?.key ?? '')).toMatchObject({
      version: 1,
      checksum: manifests[0]?.checksum.value,
      readBack: { ok: true, bytes: 12 * MiB, fault: null },
      restored: null,
    });
    expect(await world.keys()).toHaveLength(6);
    const pruned = await world.run(['prune', '--yes'], { ...env, RETENTION_KEEP_LAST: '1' });
    expect(pruned.code, pruned.stdout).toBe(0);
    expect((await world.keys()).map((key) => key.replace(/^.*_[0-9a-f]+/, ''))).toEqual([
      '.manifest.json',
      '.tar.gz',
      '.verified.json',
    ]);
  });

  it('takes references, --newest and --database', async () => {
    await using night = await start();
    const [newest, older] = night.manifests;
    const rows = async (...args: string[]) => {
      const { stdout } = await night.verify(...args);
      return [...stdout.matchAll(/^shop .* ([0-9a-f]{24}) /gm)].map(([, id]) => id);
    };
    expect(await rows('--newest', '1')).toEqual([newest?.backupId]);
    expect(await rows(older?.backupId ?? '')).toEqual([older?.backupId]);
    expect(await rows('shop')).toEqual([newest?.backupId]);
    const wrong = await night.verify('--newest', 'all');
    expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain('--newest "all" is no number of archives');
  });

  it('needs no right to write', async () => {
    await using night = await start(1);
    night.s3.fail({
      operation: 'PutObject',
      fault: { kind: 'error', code: 'AccessDenied', status: 403 },
      times: 99,
    });
    const { code, events } = await night.verify('--deep');
    expect(code).toBe(0);
    expect(events.map(({ event }) => event)).toContain('verify.not_noted');
  });

  it('says it where what was found cannot be written, and goes on', async () => {
    await using night = await start();
    const full = { kind: 'error', code: 'QuotaExceeded', status: 507 } as const;
    night.s3.fail({ operation: 'PutObject', fault: full, times: Number.POSITIVE_INFINITY });
    await night.s3.corrupt(night.manifests[0]?.key ?? '', 7 * MiB);
    const { code, stdout } = await night.verify('--deep');
    expect(code).toBe(1);
    expect(stdout).toMatch(/shop .* DAMAGED\nshop .* whole\n/);
  });

  it('takes an archive that retention deletes meanwhile for no damage', async () => {
    await using night = await start();
    const [newest, oldest] = night.manifests;
    const held = Promise.withResolvers<void>();
    const fault = { kind: 'hold', until: held.promise } as const;
    night.s3.fail({ operation: 'GetObject', key: newest?.key ?? '', fault, times: 99 });
    await using verifying = night.world.spawn(['verify', '--deep'], night.keys);
    await night.s3.seen({ operation: 'GetObject', key: newest?.key ?? '' }, 1);
    await night.s3.lose((oldest?.key ?? '').replace('.tar.gz', '.manifest.json'));
    await night.s3.lose(oldest?.key ?? '');
    held.resolve();
    const { code, stdout } = await verifying.finished();
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/shop .* whole\nshop .* deleted\n/);
  });

  it('of a database without archives fails', async () => {
    await using night = await start(1);
    const { code, stderr } = await night.verify('--database', 'shp');
    expect(code).toBe(1);
    expect(stderr).toContain('there is no archive of shp');
    expect((await night.verify('shop', '--newest', '1')).code).toBe(2);
  });

  it('goes on with the others where one is wrong', async () => {
    await using night = await start();
    await night.s3.corrupt(night.manifests[0]?.key ?? '', 7 * MiB);
    const { code, stdout, events } = await night.verify('--deep');
    expect(code).toBe(1);
    expect(stdout).toMatch(/shop .* DAMAGED\nshop .* whole\n/);
    expect(stdout).toContain('2 archives read back: 1 right, 1 wrong');
    expect(events.filter(({ event }) => event === 'verify.failed')).toHaveLength(1);
    expect(await night.record(night.manifests[0]?.key ?? '')).toMatchObject({ readBack: { ok: false } });
  });

  /** The last byte is compared when the unpacking is under way: either may be first. */
  const DAMAGED = /^archive\.(?:damaged|checksum_mismatch)$/;
  type Night = Awaited<ReturnType<typeof start>>;
  it.each<[string, boolean, (night: Night, key: string) => Promise<unknown>, RegExp]>([
    ['a flipped byte in the middle', true, (night, key) => night.s3.corrupt(key, 6 * MiB), DAMAGED],
    [
      'a flipped byte in the head',
      true,
      (night, key) => night.s3.corrupt(key, 4),
      /^archive\.checksum_mismatch$/,
    ],
    ['a flipped byte at the end', true, (night, key) => night.s3.corrupt(key, 12 * MiB - 1), DAMAGED],
    [
      'two swapped parts',
      true,
      async (night, key) => {
        const bytes = await bytesOf(night, key);
        const swapped = [
          bytes.subarray(5 * MiB, 10 * MiB),
          bytes.subarray(0, 5 * MiB),
          bytes.subarray(10 * MiB),
        ];
        await night.put(key, Buffer.concat(swapped));
      },
      DAMAGED,
    ],
    [
      'a truncated object',
      false,
      async (night, key) => night.put(key, (await bytesOf(night, key)).subarray(0, 5 * MiB)),
      /^archive\.size_mismatch$/,
    ],
    ['a missing object', false, (night, key) => night.s3.lose(key), /^archive\.missing$/],
    [
      'the manifest of another object',
      false,
      async (night, key) => {
        const other = await night.world.bucket.text(
          (night.manifests[1]?.key ?? '').replace('.tar.gz', '.manifest.json'),
        );
        await night.put(key.replace('.tar.gz', '.manifest.json'), other);
      },
      /^archive\.foreign_manifest$/,
    ],
    [
      'a manifest that says another size',
      false,
      async (night, key) => {
        const manifest = { ...night.manifests[0], size: 12 * MiB + 1 };
        await night.put(key.replace('.tar.gz', '.manifest.json'), JSON.stringify(manifest));
      },
      /^archive\.size_mismatch$/,
    ],
  ])('finds %s', async (_, needsDeep, damage, code) => {
    await using night = await start();
    const key = night.manifests[0]?.key ?? '';
    await damage(night, key);
    const finished = await night.verify(...(needsDeep ? ['--deep'] : []));
    expect(finished.code).toBe(1);
    const failed = finished.events.find(({ event }) => event === 'verify.failed');
    expect(failed).toMatchObject({ key, error: { code: expect.stringMatching(code) } });
    expect(finished.stdout).toMatch(/DAMAGED/);
    expect(finished.stdout).toContain('1 right, 1 wrong');
  });

  it('finds a dump that ends early inside a right checksum', async () => {
    const dump = Buffer.from('-- MySQL dump 10.13\nINSERT INTO a VALUES (1);\n');
    await using night = await start(1, bufferArchive(await tarGzOf({ '20260301_shop.sql': dump })));
    const { code, stdout } = await night.verify('--deep');
    expect(code).toBe(1);
    expect(stdout).toContain(
      '20260301_shop.sql is a dump of MySQL that ends early: its last line is missing',
    );
    expect((await night.verify()).code).toBe(0);
  });
});

async function bytesOf({ world }: Awaited<ReturnType<typeof start>>, key: string): Promise<Buffer> {
  const { address, client } = world.bucket;
  const { Body: body } = await client.send(new GetObjectCommand({ Bucket: address.bucket, Key: key }));
  return Buffer.from((await body?.transformToByteArray()) ?? []);
}
