import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const DAY = 86_400_000;
const MiB = 2 ** 20;

async function start(size = 2000) {
  const sandbox = await startSandboxWorld();
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive: syntheticArchive({ size }) });
  const env = world.environment(database);
  return {
    ...sandbox,
    database,
    env,
    /** An archive of so many days ago. */
    seed: (daysAgo: number, size: number, name = 'shop') =>
      seedArchive(
        s3,
        world.prefix,
        {
          database: name,
          createdAt: new Date(Math.floor((Date.now() - daysAgo * DAY) / 1000) * 1000),
          backupId: `b${daysAgo}`,
        },
        { addonId: database.id, size },
      ),
    status: (...args: string[]) => world.run(['status', ...args], env),
  };
}

describe('status', () => {
  it('says that all is well, of what is configured and of what is not any more', async () => {
    await using night = await start();
    expect((await night.world.run(['run'], night.env)).code).toBe(0);
    night.seed(400, 5000, 'gone');
    const { code, stdout, stderr } = await night.status();
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^DATABASE +NEWEST +SIZE +ARCHIVES +VERIFIED +STATE\n/);
    expect(stdout).toMatch(/^gone +400d +4\.9 KiB +1 +never +not configured$/m);
    expect(stdout).toMatch(/^shop +\d+s +2\.0 KiB +1 +never +ok$/m);
    expect(stdout).toMatch(/\n2 databases: all is well\n$/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('needs the settings of the store alone', async () => {
    await using night = await start();
    night.seed(1, 5000);
    const keys = { ...night.world.bucket.environment(), S3_PREFIX: night.world.prefix };
    const { code, stdout } = await night.world.run(['status'], keys);
    expect(code).toBe(0);
    expect(stdout).toContain('not configured');
  });

  it('names the manifest of the newest archive where it cannot be used, and calls it not late', async () => {
    await using night = await start();
    expect((await night.world.run(['run'], night.env)).code).toBe(0);
    const key = night.s3.keys().find((each) => each.endsWith('.manifest.json')) ?? '';
    night.s3.put(key, 'no JSON');
    const { code, stdout } = await night.status();
    expect(code).toBe(1);
    expect(stdout).toMatch(/^shop .* UNREADABLE$/m);
    expect(stdout).toContain('shop: the manifest of');
    expect(stdout).not.toContain('LATE');
    const [found] = JSON.parse((await night.status('--json')).stdout) as { faults: string[] }[];
    expect(found?.faults).toEqual(['unreadable']);
  });

  it('exits 1 where there is nothing at all: the prefix may be a wrong one', async () => {
    await using night = await start();
    const keys = { ...night.world.bucket.environment(), S3_PREFIX: 'elsewhere/' };
    const { code, stdout } = await night.world.run(['status'], keys);
    expect(code).toBe(1);
    expect(stdout).toContain('no archive below the prefix');
  });

  it('exits 1 for a database without an archive, and for one that is late', async () => {
    await using night = await start();
    const none = await night.status();
    expect(none.code).toBe(1);
    expect(none.stdout).toContain('shop: there is no archive of it: `run --database shop` makes one');
    night.seed(3, 5000);
    const late = await night.status();
    expect(late.code).toBe(1);
    expect(late.stdout).toMatch(/^shop +3d .* LATE$/m);
    expect(late.stdout).toMatch(/shop: the slot of \S+T03:00:00\.000Z has no archive/);
    expect(late.stdout).toMatch(/\n1 database: 1 needs a person: shop\n$/);
  });

  it('exits 1 while the newest archive is far smaller than those before it', async () => {
    await using night = await start();
    for (const days of [1, 2, 3, 4]) night.seed(days, 10_000);
    expect(
      (await night.world.run(['run'], { ...night.env, RETENTION_KEEP_LAST: '2' })).events,
    ).toContainEqual(
      expect.objectContaining({
        event: 'archive.suspicious',
        level: 'warn',
        bytes: 2000,
        medianBytes: 10_000,
      }),
    );
    expect(await night.world.manifests()).toHaveLength(5);
    const { code, stdout } = await night.status('--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        database: 'shop',
        archives: 5,
        faults: ['suspicious'],
        suspicious: { size: 2000, median: 10_000 },
        lateSince: null,
      },
    ]);
  });

  it('exits 1 for an archive that was found damaged, and shows when it was read', async () => {
    await using night = await start();
    const { world, s3, env } = night;
    expect((await world.run(['run'], env)).code).toBe(0);
    const [manifest] = await world.manifests();
    expect((await world.run(['verify', '--deep'], env)).code).toBe(0);
    expect((await night.status()).stdout).toMatch(/^shop +\d+s +2\.0 KiB +1 +\d+s +ok$/m);
    await s3.corrupt(manifest?.key ?? '', 1000);
    expect((await world.run(['verify', '--deep'], env)).code).toBe(1);
    const { code, stdout } = await night.status();
    expect(code).toBe(1);
    expect(stdout).toMatch(/ DAMAGED$/m);
    expect(stdout).toContain(`shop: ${manifest?.key}`);
  });

  it('says nothing of an archive by what was found of an earlier one at its key', async () => {
    await using night = await start();
    const { world, s3, env } = night;
    expect((await world.run(['run'], env)).code).toBe(0);
    const [manifest] = await world.manifests();
    const key = manifest?.key ?? '';
    await s3.corrupt(key, 1000);
    expect((await world.run(['verify', '--deep'], env)).code).toBe(1);
    const beside = key.replace('.tar.gz', '.verified.json');
    // It does not restore either.
    const found = JSON.parse(await world.bucket.text(beside));
    const restored = { ...found.readBack, engine: 'postgresql', tables: 0, rows: 0 };
    s3.put(beside, JSON.stringify({ ...found, restored }));
    expect((await night.status()).stdout).toMatch(/ DAMAGED$/m);
    // A person removes it, and the same backup is archived again.
    await s3.lose(key);
    await s3.lose(key.replace('.tar.gz', '.manifest.json'));
    expect((await world.run(['run'], env)).code).toBe(0);
    expect((await world.manifests()).map((each) => each.key)).toEqual([key]);
    const again = await night.status();
    expect(again.stdout).toMatch(/^shop .* never +ok$/m);
    expect(again.code).toBe(0);
    expect((await world.run(['verify', '--deep'], env)).code).toBe(0);
    const verified = await night.status();
    expect(verified.stdout).toMatch(/^shop .* \d+s +ok$/m);
    expect(verified.code).toBe(0);
  });

  it('exits 1 where the newest is damaged and an older one, read after it, is not', async () => {
    await using night = await start();
    const { world, s3, env } = night;
    for (let n = 0; n < 2; n++) {
      expect((await world.run(['run'], { ...env, BACKUP_REUSE_WITHIN: '1ms' })).code).toBe(0);
    }
    const [newest] = (await world.manifests()).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    await s3.corrupt(newest?.key ?? '', 1000);
    expect((await world.run(['verify', '--deep'], env)).code).toBe(1);
    const { code, stdout } = await night.status();
    expect(code).toBe(1);
    expect(stdout).toContain('DAMAGED');
  });

  it('exits 1 where an archive was not read back for longer than it may be', async () => {
    await using night = await start();
    const { world, s3, env } = night;
    night.seed(0, 5000);
    const old = night.seed(100, 5000);
    // Nothing reads those of a database that is not configured any more.
    night.seed(400, 5000, 'gone');
    const status = (more: Readonly<Record<string, string>>, ...args: string[]) =>
      world.run(['status', ...args], { ...env, ...more });
    expect((await status({})).code).toBe(0);
    expect((await status({ VERIFY_MAX_AGE: '101d' })).code).toBe(0);
    for (const settings of [{ VERIFY_MAX_AGE: '99d' }, { VERIFY_CRON: '0 5 * * *', VERIFY_WITHIN: '49d' }]) {
      const { code, stdout } = await status(settings);
      expect(code).toBe(1);
      expect(stdout).toMatch(/^shop .* UNVERIFIED$/m);
      expect(stdout).toContain('shop: 1 archive was not read back for longer than verify.maxAge');
      expect(stdout).toMatch(/^gone .* not configured$/m);
    }
    const verified = (daysAgo: number) => {
      const at = new Date(Date.now() - daysAgo * DAY).toISOString();
      const look = { at, ok: true, fault: null, durationMs: 1, archiver: '0.0.0' };
      const readBack = { ...look, bytes: 5000, files: 1, dumps: [] };
      const found = { version: 1, key: old, checksum: 'AAAAAA==', readBack, restored: null };
      s3.put(old.replace('.tar.gz', '.verified.json'), JSON.stringify(found));
    };
    verified(50);
    expect((await status({ VERIFY_MAX_AGE: '51d' })).code).toBe(0);
    const { code, stdout } = await status({ VERIFY_MAX_AGE: '49d' }, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([
      { database: 'gone', unverified: 1, faults: [] },
      { database: 'shop', unverified: 1, faults: ['unverified'] },
    ]);
  });

  it('goes without unfinished uploads where the keys may not list them', async () => {
    await using night = await start();
    night.seed(0, 5000);
    const fault = { kind: 'error', code: 'AccessDenied', status: 403 } as const;
    night.s3.fail({ operation: 'ListMultipartUploads', fault, times: 99 });
    const { stdout } = await night.status();
    expect(stdout).toContain('shop: the keys may not list unfinished uploads');
    const json = await night.status('--json');
    expect(JSON.parse(json.stdout)).toMatchObject([{ database: 'shop', uploads: null }]);
  });

  it('shows what is under way: the unfinished upload, and who holds the lease', async () => {
    await using night = await start(120 * MiB);
    const { world, s3, env, database } = night;
    night.seed(1, 5000);
    database.download = { bytesPerSecond: 4 * MiB };
    await using run = world.spawn(['run'], { ...env, S3_PART_SIZE: '5MiB' });
    await s3.seen({ operation: 'UploadPart', key: /_[0-9a-f]{24}/ }, 3);
    const { stdout } = await night.status();
    expect(stdout).toMatch(/shop: .* works on it \(lease renewed \d+s ago\)/);
    expect(stdout).toMatch(
      /shop: unfinished upload of \S+\.tar\.gz: \d+(?:\.\d)? (?:B|MiB) stored, begun \S+Z/,
    );
    run.kill('SIGKILL');
    await run.finished();
  });
});
