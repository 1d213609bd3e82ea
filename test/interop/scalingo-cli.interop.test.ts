import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { archiveDigest } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { backupRunning, forbidden } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';

/**
 * Scalingo's own command line tool works against the simulated Scalingo: what it accepts was written by the
 * people who know the service. `SCALINGO_CLI` is the path of its binary.
 */
const CLI = process.env.SCALINGO_CLI;
const SIZE = 20 * 2 ** 20 + 1;

let scalingo: SimulatedScalingo;
let database: SimulatedDatabase;
let home: string;

beforeAll(async () => {
  if (CLI === undefined || CLI === '') {
    throw new Error('SCALINGO_CLI must name the binary of https://github.com/Scalingo/cli');
  }
  home = await mkdtemp(join(tmpdir(), 'scalingo-cli-'));
  scalingo = await SimulatedScalingo.start();
});

afterAll(async () => {
  await scalingo?.close();
  if (home !== undefined) await rm(home, { recursive: true });
});

beforeEach(() => {
  database = scalingo.addDatabase({
    app: `shop-${scalingo.databases.size}`,
    archive: syntheticArchive({ size: SIZE, seed: 'cli' }),
  });
});

describe("Scalingo's own CLI", () => {
  it('lists backups', async () => {
    database.addBackup({ createdAt: '2018-09-02T01:00:00.178Z', status: 'error' });
    const { id } = database.addBackup({ createdAt: '2018-09-03T01:00:00.178Z' });
    const { code, stdout } = await cli('backups');
    expect(code).toBe(0);
    expect(stdout).toContain(id);
    expect(stdout).toContain('Mon, 03 Sep 2018 03:00:00');
    expect(stdout).toMatch(/21 MB.*done/);
    expect(stdout).toMatch(/0 B.*error/);
  });

  it('creates a backup and waits for it', async () => {
    const { code, stdout } = await cli('backups-create');
    expect(code).toBe(0);
    expect(stdout).toContain('Backup successfully finished');
    expect(database.backups).toHaveLength(1);
    expect(database.newestBackup.statusAt(Date.now())).toBe('done');
    expect(scalingo.count('create', database)).toBe(1);
  });

  it('says when a backup failed', async () => {
    database.nextBackups({ outcome: 'error' });
    const { stdout, stderr } = await cli('backups-create');
    expect(stdout + stderr).toContain('Backup failed');
  });

  it('downloads the newest done backup, and the bytes agree', async () => {
    database.addBackup({ createdAt: '2018-09-01T01:00:00Z', archive: syntheticArchive({ size: 500 }) });
    database.addBackup({ createdAt: '2018-09-03T01:00:00Z', status: 'running' });
    const { archive, name } = database.addBackup({ createdAt: '2018-09-02T01:00:00Z' });
    const { code, stdout } = await cli('backups-download', '--output', home);
    expect(code).toBe(0);
    expect(stdout).toContain(`${name}.tar.gz`);
    const path = join(home, `${name}.tar.gz`);
    expect((await stat(path)).size).toBe(SIZE);
    expect(await fileDigest(path)).toBe(await archiveDigest(archive));
  });

  it.each([{ framing: 'chunked' }, { framing: 'close' }, { redirect: 'cross-origin' }] as const)(
    'downloads a named backup that is served with %o',
    async (behaviour) => {
      database.download = behaviour;
      const { id, archive } = database.addBackup({ archive: syntheticArchive({ size: 3_000_000 }) });
      database.addBackup();
      const path = join(home, 'named.tar.gz');
      const { code } = await cli('backups-download', '--backup', id, '--output', path);
      expect(code).toBe(0);
      expect(await fileDigest(path)).toBe(await archiveDigest(archive));
      await rm(path);
    },
  );

  it('understands how the sandbox refuses', async () => {
    const { id } = database.addBackup();
    database.fail('create', backupRunning()).fail('list', forbidden());
    const busy = await cli('backups-create');
    expect(busy.stdout + busy.stderr).toContain('A backup is running');
    const limited = await cli('backups');
    expect(limited.stdout + limited.stderr).toContain('Request forbidden (403)');
    const gone = await cli('backups-download', '--backup', id.replace(/./g, '0'));
    expect(gone.stdout + gone.stderr).toContain('The backup was not found');
    for (const { code } of [busy, limited, gone]) expect(code).not.toBe(0);
  });

  it('refuses by itself what cannot be downloaded', async () => {
    database.type = 'elasticsearch';
    database.addBackup();
    const { code, stdout, stderr } = await cli('backups-download');
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('backups are not supported for elasticsearch');
  });

  it('asked for nothing that the sandbox does not know', async () => {
    await cli('backups');
    expect(scalingo.requests.filter(({ operation }) => operation === null)).toEqual([]);
  });
});

/** Runs the tool in a home of its own, with nothing to reach but the sandbox. */
async function cli(command: string, ...args: string[]) {
  const child = spawn(String(CLI), [command, '--app', database.app, '--addon', database.id, ...args], {
    cwd: home,
    env: {
      HOME: home,
      DISABLE_UPDATE_CHECKER: 'true',
      DISABLE_INTERACTIVE: 'true',
      SCALINGO_API_TOKEN: scalingo.apiToken,
      SCALINGO_AUTH_URL: scalingo.authUrl,
      SCALINGO_API_URL: scalingo.apiUrl,
      SCALINGO_DB_URL: scalingo.databaseApiUrl,
      TZ: 'Europe/Paris',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, stdout, stderr };
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
