import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { archiveDigest, fileArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { backupRunning, forbidden, unauthorized } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { findBinary } from '../../sandbox/servers/server-process.ts';

const run = promisify(execFile);

interface Backup {
  readonly id: string;
  readonly created_at: string;
  readonly name: string;
  readonly size: number;
  readonly status: string;
  readonly method: string;
}

/**
 * Scalingo's own client library accepts the simulated Scalingo: what it takes for a response was written by
 * the people who know the service. `SCALINGO_SDK` is the path of the program in scalingo-sdk/.
 */
describe("Scalingo's own client library", () => {
  let scalingo: SimulatedScalingo;
  let database: SimulatedDatabase;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scalingo-sdk-'));
    scalingo = await SimulatedScalingo.start();
  });
  afterAll(async () => {
    await scalingo?.close();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });
  beforeEach(() => {
    const archive = syntheticArchive({ size: 20 * 2 ** 20 + 1, seed: 'sdk' });
    database = scalingo.addDatabase({ app: `shop-${scalingo.databases.size}`, archive });
  });

  it('lists backups, and reads their times, sizes and states', async () => {
    const failed = database.addBackup({ createdAt: '2018-09-02T01:00:00.178Z', status: 'error' });
    const done = database.addBackup({ createdAt: '2018-09-03T01:00:00.178Z', method: 'manual' });
    const listed = JSON.parse(await sdk('list')) as Backup[];
    const known = listed.map(({ id, created_at, size, status, method }) => ({
      id,
      createdAt: Date.parse(created_at),
      size,
      status,
      method,
    }));
    expect(known).toEqual([
      { id: done.id, createdAt: done.createdAt, size: done.archive.size, status: 'done', method: 'manual' },
      { id: failed.id, createdAt: failed.createdAt, size: 0, status: 'error', method: 'periodic' },
    ]);
  });

  it.each(['done', 'error'] as const)('creates a backup and waits until it is %s', async (outcome) => {
    database.nextBackups({ outcome });
    const created = JSON.parse(await sdk('create')) as Backup;
    expect(created).toMatchObject({ id: database.newestBackup.id, status: outcome, method: 'manual' });
    expect(scalingo.count('create', database)).toBe(1);
  });

  it.each([{}, { framing: 'chunked' }, { framing: 'close' }, { redirect: 'cross-origin' }] as const)(
    'downloads a backup that is served with %o, and the bytes agree',
    async (behaviour) => {
      database.download = behaviour;
      const { id, archive } = database.addBackup();
      const path = join(folder, `${id}.tar.gz`);
      await sdk('download', id, path);
      expect(await archiveDigest(fileArchive(path))).toBe(await archiveDigest(archive));
    },
  );

  it('understands how the sandbox refuses', async () => {
    const { id } = database.addBackup();
    database.fail('create', backupRunning()).fail('list', forbidden());
    await expect(sdk('create')).rejects.toThrow('A backup is running');
    await expect(sdk('list')).rejects.toThrow(/forbidden/i);
    await expect(sdk('download', id.replace(/./g, '0'), join(folder, 'none'))).rejects.toThrow(/not found/i);
    database.fail('list', unauthorized());
    await expect(sdk('list')).rejects.toThrow(/unauthorized|unable to authenticate|authentication/i);
  });

  it('knows the account, the region, the addon and its database', async () => {
    const known = JSON.parse(await sdk('known')) as Record<string, unknown>;
    const addon = {
      id: database.id,
      status: 'running',
      plan: { name: database.plan },
      addon_provider: { id: 'postgresql' },
    };
    expect(known).toMatchObject({
      user: { username: expect.stringMatching(/./), email: expect.stringContaining('@') },
      regions: [
        { name: 'osc-fr1', api: scalingo.apiUrl, database_api: scalingo.databaseApiUrl, default: true },
      ],
      addons: [addon],
      addon,
      database: {
        plan: database.plan,
        status: 'running',
        type_name: 'postgresql',
        readable_version: expect.stringMatching(/^\d+\./),
      },
    });
    for (const operation of ['self', 'regions', 'addons', 'addon', 'database'] as const) {
      expect(scalingo.count(operation)).toBeGreaterThan(0);
    }
  });

  it('asked for nothing that the sandbox does not know', async () => {
    await sdk('list');
    expect(scalingo.requests.filter(({ operation }) => operation === null)).toEqual([]);
  });

  async function sdk(verb: string, ...args: readonly string[]): Promise<string> {
    const binary = findBinary('SCALINGO_SDK', 'scalingo-sdk', 'cd test/real/scalingo-sdk && go install .');
    const env = {
      SCALINGO_API_TOKEN: scalingo.apiToken,
      SCALINGO_AUTH_URL: scalingo.authUrl,
      SCALINGO_API_URL: scalingo.apiUrl,
      SCALINGO_DB_URL: scalingo.databaseApiUrl,
    };
    const { stdout } = await run(binary, [verb, database.app, database.id, ...args], { env });
    return stdout;
  }
});
