import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { ArchiveIdentity } from '../../src/model/archive-key.ts';
import { manifestKey } from '../../src/model/archive-key.ts';
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
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

/** An archive that is so many milliseconds old; its time has milliseconds, which its key has not. */
function seed(database: string, ageMs: number, size: number): ArchiveIdentity {
  const createdAt = new Date(Math.floor((Date.now() - ageMs) / 1000) * 1000 + 123);
  const backupId = ageMs.toString(16).padStart(24, '5b8b36');
  const archive = { database, createdAt, backupId };
  seedArchive(s3, world.prefix, archive, { addonId: 'ad-1', size });
  return archive;
}

const list = (...args: string[]): Promise<Finished> => world.run(['list', ...args], world.environment());
const toSeconds = (time: Date) => time.toISOString().replace(/\.\d{3}Z$/, 'Z');

describe('the table', () => {
  it('fits 80 columns, with the backup id, and ends in the totals', async () => {
    const archives = [
      seed('my-app-pg', 90_000, 1023 * 2 ** 20),
      seed('my-app-pg', 5 * HOUR, 17 * 2 ** 30),
      seed('my-app-pg', 4000 * DAY, 1500),
      seed('shop', 3 * DAY, 20),
    ];
    const { code, stdout, stderr } = await list();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
      ['DATABASE', 'CREATED', 'AGE', 'SIZE', 'BACKUP'],
      ...[
        ['1m', '1023.0 MiB'],
        ['5h', '17.0 GiB'],
        ['3d', '20 B'],
        ['4000d', '1.5 KiB'],
      ].map(([age, size]) => {
        const archive = archives.find(({ createdAt }) => ageOf(createdAt) === age);
        if (archive === undefined) throw new Error(`no archive of the age ${age}`);
        return [archive.database, toSeconds(archive.createdAt), age, size, archive.backupId];
      }),
      [''],
      [`4 archives of 2 databases, 18.0 GiB (${1023 * 2 ** 20 + 17 * 2 ** 30 + 1520} bytes)`],
      [''],
    ]);
  });

  it('of one archive counts one', async () => {
    seed('shop', DAY, 20);
    expect((await list()).stdout.split('\n').at(-2)).toBe('1 archive of 1 database, 20 B (20 bytes)');
  });

  it('asks for no manifest', async () => {
    seed('shop', DAY, 20);
    const before = s3.requests.length;
    await list();
    const asked = new Set(s3.requests.slice(before).map(({ operation }) => operation));
    expect([...asked]).toEqual(['ListObjectsV2']);
  });
});

/** The age of the test's own archives. */
function ageOf(createdAt: Date): string {
  const age = Date.now() - createdAt.getTime();
  if (age < HOUR) return `${Math.floor(age / 60_000)}m`;
  return age < DAY ? `${Math.floor(age / HOUR)}h` : `${Math.floor(age / DAY)}d`;
}

describe('--json', () => {
  it('has what the manifest says, the time of the backup to the millisecond', async () => {
    const { database, createdAt, backupId } = seed('shop', DAY, 1500);
    const { code, stdout, stderr } = await list('--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const manifest = (await world.manifests())[0];
    expect(JSON.parse(stdout)).toEqual([
      {
        database,
        backupId,
        createdAt: createdAt.toISOString(),
        archivedAt: manifest?.archivedAt,
        size: 1500,
        key: manifest?.key,
        method: 'periodic',
        engine: 'postgresql',
        engineVersion: '16.4.0-1',
        proof: 'store-full-object',
        checksum: { algorithm: 'CRC32', value: 'AAAAAA==', kind: 'full-object' },
      },
    ]);
    expect(manifest?.createdAt).toBe(createdAt.toISOString());
  });

  it('of an archive whose manifest cannot be read has null, and says so', async () => {
    seed('shop', DAY, 1500);
    const bad = seed('shop', 2 * DAY, 1600);
    s3.put(manifestKey(world.prefix, bad), '{"version": 1}');
    const { code, stdout, events } = await list('--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { size: 1500, engine: 'postgresql' },
      {
        database: 'shop',
        backupId: bad.backupId,
        createdAt: `${toSeconds(bad.createdAt).slice(0, -1)}.000Z`,
        archivedAt: null,
        size: 1600,
        method: null,
        engine: null,
        engineVersion: null,
        proof: null,
        checksum: null,
      },
    ]);
    expect(events).toMatchObject([
      { event: 'archive.bad_manifest', database: 'shop', backupId: bad.backupId },
    ]);
  });

  it('shows nothing where the store does not give a manifest', async () => {
    seed('shop', DAY, 1500);
    s3.fail({ operation: 'GetObject', fault: { kind: 'error', code: 'AccessDenied' }, times: 1 });
    const { code, stdout, stderr } = await list('--json');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('s3:GetObject');
  });
});
