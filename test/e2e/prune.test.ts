import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { lockKey, manifestKey, policyKey } from '../../src/model/archive-key.ts';
import type { Finished } from '../support/archiver-process.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { type SimulatedStore, startSimulatedStore } from '../support/simulated-store.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let s3: SimulatedS3;
let simulated: SimulatedStore;
let bucket: BucketView;
let world: World;
let database: SimulatedDatabase;

beforeAll(async () => {
  simulated = await startSimulatedStore();
  s3 = simulated.s3;
  bucket = new BucketView(simulated.address);
});
afterAll(async () => {
  bucket.close();
  await simulated.close();
});
beforeEach(async () => {
  world = await World.start(bucket);
  database = world.scalingo.addDatabase({ app: 'shop' });
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** The night so many days ago, at 03:00 UTC. */
function night(daysAgo: number, name = 'shop') {
  const createdAt = new Date(Math.floor(Date.now() / DAY - daysAgo) * DAY + 3 * HOUR);
  return { database: name, createdAt, backupId: `night-${String(daysAgo).padStart(3, '0')}` };
}

function seed(days: number, from = 1, name = 'shop', addonId = database.id): void {
  for (let day = from; day < from + days; day++) {
    seedArchive(s3, world.prefix, night(day, name), { addonId, size: 1_000_000 + day });
  }
}

/** Days of the archives that are there. */
async function nightsLeft(name = 'shop'): Promise<number[]> {
  const keys = (await world.keys()).filter((key) => key.startsWith(`${name}/`) && key.endsWith('.tar.gz'));
  return keys.map((key) => Number(/night-(\d+)/.exec(key)?.[1])).sort((a, b) => a - b);
}

/** Everything about the world's objects. */
async function contents(): Promise<unknown[]> {
  const keys = await bucket.keys(world.prefix);
  return keys.map((key) => [key, s3.object(key)?.etag, s3.object(key)?.lastModified]);
}

function prune(args: readonly string[], policy: Readonly<Record<string, string>>): Promise<Finished> {
  return world.run(['prune', ...args], world.environment(database, policy));
}

describe('prune --dry-run', () => {
  it('shows every archive, its age and why it stays or goes, and changes nothing', async () => {
    seed(4);
    const before = await contents();
    const { code, stdout, events } = await prune(['--dry-run'], { RETENTION_KEEP_LAST: '3' });
    expect(code).toBe(0);
    const stamp = (days: number) => night(days).createdAt.toISOString().replace('.000Z', 'Z');
    const rows = stdout.split('\n').map((line) => line.replace(/ {2,}/g, ' | '));
    const [heading, ...lines] = rows;
    expect(heading).toBe('DATABASE | CREATED | AGE | SIZE | PLAN | REASONS');
    expect(lines.map((line) => line.replace(/(?<=\| )\d+[smhd](?= \|)/, 'AGE'))).toEqual([
      `shop | ${stamp(1)} | AGE | 976.6 KiB | keep | last 1/3, minKeep, newest`,
      `shop | ${stamp(2)} | AGE | 976.6 KiB | keep | last 2/3`,
      `shop | ${stamp(3)} | AGE | 976.6 KiB | keep | last 3/3`,
      `shop | ${stamp(4)} | AGE | 976.6 KiB | remove | no rule keeps it`,
      '',
      'shop: 3 of 4 stay, 1 go',
      '',
    ]);
    expect(events.find(({ event }) => event === 'retention.planned')).toMatchObject({
      database: 'shop',
      archives: 4,
      keep: 3,
      remove: 1,
      reasons: { last: 3, minKeep: 1, newest: 1, 'no rule keeps it': 1 },
    });
    expect(await contents()).toEqual(before);
    const changes = s3.requests.filter(
      ({ method, key }) => method !== 'GET' && key?.startsWith(world.prefix),
    );
    expect(changes.filter(({ method }) => method !== 'HEAD')).toEqual([]);
  });

  it('as JSON, with the keys and the reasons', async () => {
    seed(3);
    s3.put(manifestKey(world.prefix, night(1)), '<damaged>');
    const { code, stdout } = await prune(['--dry-run', '--json'], { RETENTION_KEEP_LAST: '1' });
    expect(code).toBe(0);
    const [shop] = JSON.parse(stdout) as [{ archives: { key: string }[] }];
    expect(shop).toMatchObject({
      database: 'shop',
      error: null,
      refused: null,
      reasons: { last: 1, minKeep: 1, newest: 1, 'newest good': 1, 'no rule keeps it': 1 },
    });
    expect(shop.archives).toMatchObject([
      { backupId: 'night-001', keep: true, state: 'keep', reasons: ['last 1/1', 'minKeep', 'newest'] },
      { backupId: 'night-002', keep: true, state: 'keep', reasons: ['newest good'] },
      {
        backupId: 'night-003',
        key: expect.stringMatching(/shop\/.*_night-003\.tar\.gz$/),
        createdAt: night(3).createdAt.toISOString(),
        size: 1_000_003,
        keep: false,
        state: 'remove',
        reasons: ['no rule keeps it'],
      },
    ]);
  });

  it('says that a plan would be refused, and why every archive stays without a policy', async () => {
    seed(3);
    const refused = await prune(['--dry-run'], { RETENTION_KEEP_LAST: '1' });
    expect(refused.code).toBe(0);
    expect(refused.stdout).toContain('it would delete 2 of 3 archives at once, more than half');
    expect(refused.stdout).toContain('prune --yes');
    const without = await prune(['--dry-run'], {});
    expect(without.stdout.match(/keep {2,}no policy/g)).toHaveLength(3);
    expect(without.stdout).toContain('shop: 3 of 3 stay, 0 go');
  });

  it('is not held up by a lock, and takes none', async () => {
    seed(2);
    s3.put(lockKey(world.prefix, 'shop'), '{}');
    const { code, stdout } = await prune(['--dry-run'], { RETENTION_KEEP_LAST: '1' });
    expect([code, stdout.includes('shop: 1 of 2 stay')]).toEqual([0, true]);
  });
});

describe('prune', () => {
  it('carries the plan out, and shows what became of each', async () => {
    seed(6);
    s3.fail({
      operation: 'DeleteObject',
      key: new RegExp(`^${world.prefix}.*night-005.tar.gz`),
      fault: { kind: 'error', code: 'AccessDenied', message: 'protected by object lock' },
    });
    s3.put(manifestKey(world.prefix, night(4)), '{"version":99}');
    const { code, stdout, events } = await prune([], { RETENTION_KEEP_LAST: '3' });
    expect(code).toBe(0);
    expect(await nightsLeft()).toEqual([1, 2, 3, 4, 5]);
    expect(await world.keys()).toHaveLength(10);
    const states = stdout
      .split('\n')
      .slice(1, 7)
      .map((line) => line.split(/ {2,}/).at(-2));
    expect(states).toEqual(['keep', 'keep', 'keep', 'left alone', 'retained', 'removed']);
    expect(stdout).toContain('shop: 5 of 6 stay, 1 removed, 1 retained by Object Lock, 1 left alone');
    expect(events.map(({ event }) => event)).toEqual([
      'retention.planned',
      'retention.deleted',
      'retention.retained',
      'retention.bad_archive',
    ]);
    expect(await bucket.keys(`${world.prefix}.locks/`)).toEqual([policyKey(world.prefix, 'shop')]);
  });

  it('refuses to delete more than half at once: 1, and nothing is gone', async () => {
    seed(5);
    const policy = { RETENTION_KEEP_LAST: '2' };
    const refused = await prune([], policy);
    expect(refused.code).toBe(1);
    expect(refused.events.find(({ event }) => event === 'retention.failed')).toMatchObject({
      error: { code: 'retention.refused', total: 5, remove: 3 },
    });
    expect(refused.stdout).toContain('it would delete 3 of 5 archives at once');
    expect(await nightsLeft()).toEqual([1, 2, 3, 4, 5]);
    const asked = await prune(['--yes'], policy);
    expect([asked.code, await nightsLeft()]).toEqual([0, [1, 2]]);
  });

  it('does so also where the configuration asks for it', async () => {
    seed(5);
    const policy = { RETENTION_KEEP_LAST: '2', RETENTION_ALLOW_MASS_DELETION: 'true' };
    expect((await prune([], policy)).code).toBe(0);
    expect(await nightsLeft()).toEqual([1, 2]);
  });

  it('leaves databases alone that are no longer configured, and those that were not chosen', async () => {
    const wiki = world.scalingo.addDatabase({ app: 'wiki' });
    seed(4);
    seed(4, 1, 'wiki', wiki.id);
    seed(4, 1, 'gone');
    const file = await world.configFile({ databases: [database, wiki], retention: { keepLast: 2 } });
    const env = world.environment();
    const one = await world.run(['prune', '--config', file, '--database', 'wiki'], env);
    expect([one.code, await nightsLeft('wiki'), await nightsLeft()]).toEqual([0, [1, 2], [1, 2, 3, 4]]);
    const all = await world.run(['prune', '--config', file], env);
    expect([all.code, await nightsLeft(), await nightsLeft('gone')]).toEqual([0, [1, 2], [1, 2, 3, 4]]);
  });

  it('makes room in a bucket that is so full that it takes no lock', async () => {
    seed(4);
    s3.quirks.quota = 10;
    try {
      const { code, events } = await prune([], { RETENTION_KEEP_LAST: '2' });
      expect([code, await nightsLeft()]).toEqual([0, [1, 2]]);
      expect(events.find(({ event }) => event === 'lock.no_room')).toMatchObject({
        level: 'warn',
        database: 'shop',
        error: { code: 's3.full' },
      });
    } finally {
      s3.quirks.quota = Number.POSITIVE_INFINITY;
    }
  });

  it('goes on with the others when one fails', async () => {
    const wiki = world.scalingo.addDatabase({ app: 'wiki' });
    seed(4, 1, 'shop', 'ad-00000000-2222-3333-4444-555555555555');
    seed(4, 1, 'wiki', wiki.id);
    const file = await world.configFile({ databases: [database, wiki], retention: { keepLast: 2 } });
    const { code, stdout, events } = await world.run(
      ['prune', '--config', file, '--json'],
      world.environment(),
    );
    expect(code).toBe(1);
    expect([await nightsLeft(), await nightsLeft('wiki')]).toEqual([
      [1, 2, 3, 4],
      [1, 2],
    ]);
    expect(JSON.parse(stdout)).toMatchObject([
      {
        database: 'shop',
        error: { code: 'archive.foreign_addon' },
        archives: [],
      },
      { database: 'wiki', error: null },
    ]);
    expect(events.find(({ event }) => event === 'retention.failed')).toMatchObject({
      error: { code: 'archive.foreign_addon' },
    });
  });
});

describe('a response of many pages', () => {
  it.each([
    ['prune', ['prune', '--dry-run']],
    ['list', ['list']],
  ])('is printed to its end: %s', async (_, args) => {
    seed(18_000);
    const { code, stdout } = await world.run(args, world.environment(database));
    expect(code).toBe(0);
    expect(stdout.split('\n').filter((line) => line.startsWith('shop '))).toHaveLength(18_000);
    if (args[0] === 'list') expect(stdout.length).toBeGreaterThan(2 ** 20);
  });
});
