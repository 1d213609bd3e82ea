import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { startSandboxWorld } from '../e2e/sandbox-world.ts';
import { ArchiverProcess, type Finished, type LogLine } from '../support/archiver-process.ts';
import { FullPipe } from '../support/full-pipe.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { figure, SEED, seeded } from './chaos-budget.ts';
import { limitMemory } from './memory-limit.ts';

const MiB = 2 ** 20;
const PRINT_PEAK = fileURLToPath(new URL('../real/print-peak-memory.ts', import.meta.url));
const OBJECT = /_[0-9a-f]{24}\.tar\.gz$/;
const MANIFEST = /\.manifest\.json$/;

describe('a daemon that archives slot by slot', () => {
  it.each(['closed', 'not read'])('with its standard output %s', { timeout: 120_000 }, async (how) => {
    await using sandbox = await startSandboxWorld();
    const { world, s3 } = sandbox;
    const archive = syntheticArchive({ size: 6 * MiB, seed: 'output' });
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    const env = world.environment(database, { SCHEDULE_CRON: '*/8 * * * * *', LOG_LEVEL: 'trace' });
    using pipe = new FullPipe();
    await using daemon = new ArchiverProcess(
      ['daemon'],
      env,
      [],
      ...(how === 'closed' ? [] : [pipe.writeEnd()]),
    );
    if (how === 'closed') daemon.child.stdout?.destroy();
    await s3.seen({ operation: 'PutObject', key: MANIFEST }, 2);
    daemon.kill('SIGTERM');
    const { code, stderr } = await daemon.finished();
    expect([0, 143], stderr).toContain(code);
    for (const manifest of await world.manifests()) await world.expectStored(manifest, archive);
    expect(database.backups.length).toBeLessThanOrEqual((await world.manifests()).length + 1);
    expect(await world.leases()).toEqual([]);
  });
});

describe('a bucket that gets full in mid-copy', () => {
  it.each(['honour', 'ignore'] as const)(
    'has room again, and the next run goes on (ranges: %s)',
    { timeout: 120_000 },
    (range) =>
      seeded(async () => {
        await using sandbox = await startSandboxWorld();
        const { world, s3 } = sandbox;
        const size = 30 * MiB;
        const archive = syntheticArchive({ size, seed: 'full' });
        const database = world.scalingo.addDatabase({ app: 'shop', archive });
        database.download = { range };
        // The probe needs its part, and something of the archive is to be stored.
        s3.quirks.quota = 17 * MiB + Math.floor(seededRandom(SEED)() * 10 * MiB);
        const env = world.environment(database, { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: '2' });
        const full = await world.run(['run'], env);
        expect(full.code).toBe(1);
        expect(errorOf(full)).toMatchObject({ code: 's3.full', hint: expect.any(String) });
        expect(await world.manifests()).toEqual([]);
        const stored = s3.uploads().flatMap(({ parts }) => parts).length;
        expect(stored).toBeGreaterThan(0);

        s3.quirks.quota = Number.POSITIVE_INFINITY;
        const sent = s3.requested({ operation: 'UploadPart', key: OBJECT }).length;
        const again = await world.run(['run'], env);
        expect(again.code, again.stdout).toBe(0);
        if (range === 'honour') {
          expect(again.events.map(({ event }) => event)).toContain('archive.resumed');
          expect(s3.requested({ operation: 'UploadPart', key: OBJECT }).length - sent).toBe(6 - stored);
        }
        await world.expectOnlyArchive(archive);
        expect(database.backups).toHaveLength(1);
      }),
  );
});

describe('a run with 192 MiB of memory', () => {
  it.each([
    ['in parallel', 'honour'],
    ['as a stream', 'ignore'],
  ] as const)('copies 1 GiB %s', { timeout: 240_000 }, async (way, range) => {
    const begun = performance.now();
    // What is stored would be the machine's memory, not the program's.
    await using sandbox = await startSandboxWorld({ discard: true });
    const { world } = sandbox;
    const archive = syntheticArchive({ size: 1024 * MiB, seed: 'memory' });
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    database.download = { range };
    const env = world.environment(database);
    await using run = world.spawn(['run'], env, ['--max-semi-space-size=1', '--import', PRINT_PEAK]);
    using limit = limitMemory(run.child.pid ?? 0, 192 * MiB);
    const finished = await run.finished();
    expect(finished.code, finished.stdout + finished.stderr).toBe(0);
    expect((await world.manifests()).map(({ size }) => size)).toEqual([archive.size]);
    const peak = Number(/^peak memory: (\d+) KiB$/m.exec(finished.stderr)?.[1]) / 1024;
    figure(`1 GiB ${way} with 192 MiB of memory (${limit.by}): peak ${peak.toFixed(0)} MiB`, begun);
    // A figure this low would be none of a Node process.
    expect(peak).toBeGreaterThan(20);
    expect(peak).toBeLessThanOrEqual(192);
  });
});

describe('a run that may open no more files', () => {
  it('says so, and goes on when it may', { timeout: 120_000 }, async () => {
    await using sandbox = await startSandboxWorld();
    const { world } = sandbox;
    const archive = syntheticArchive({ size: 6 * MiB, seed: 'descriptors' });
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    await using run = world.spawn(['run'], world.environment(database));
    const asked = world.scalingo.nextRequest('create', database);
    await asked;
    const pid = String(run.child.pid);
    execFileSync('prlimit', ['--pid', pid, '--nofile=5:64']);
    const short = await Promise.race(
      ['scalingo.retried', 's3.retried', 'archive.retried'].map((name) => run.event(name, isShort)),
    );
    expect(short.error).toMatchObject({ message: expect.stringContaining('no file descriptor left') });
    execFileSync('prlimit', ['--pid', pid, '--nofile=64:64']);
    const { code, stdout } = await run.finished();
    expect(code, stdout).toBe(0);
    await world.expectOnlyArchive(archive);
  });
});

describe('a run with 64 file descriptors', () => {
  it('and four transfers at once ends whole', { timeout: 120_000 }, async () => {
    const begun = performance.now();
    await using sandbox = await startSandboxWorld();
    const { world, s3 } = sandbox;
    const archive = syntheticArchive({ size: 21 * MiB, seed: 'descriptors' });
    const databases = Array.from({ length: 4 }, (_, n) =>
      world.scalingo.addDatabase({ app: `shop-${n}`, archive, timeline: { polls: 0 } }),
    );
    const config = await world.configFile({ databases });
    const env = {
      ...world.environment(),
      CONCURRENCY: '4',
      S3_PART_SIZE: '5MiB',
    };
    await using run = world.spawn(['run', '--config', config], env);
    execFileSync('prlimit', ['--pid', String(run.child.pid), '--nofile=64:64']);
    const finished = await run.finished();
    const retried = finished.events.filter(({ event }) => event.endsWith('.retried')).length;
    figure(
      `4 databases of 21 MiB at once, with 64 file descriptors: exit ${finished.code}, ` +
        `${(await world.manifests()).length} archives, ${retried} requests sent again`,
      begun,
    );
    expect(finished.code, finished.stdout).toBe(0);
    for (const manifest of await world.manifests()) await world.expectStored(manifest, archive);
    expect(await world.manifests()).toHaveLength(4);
    expect(s3.uploads()).toEqual([]);
  });
});

/** What to do about it is no question of the network. */
function isShort({ error }: LogLine): boolean {
  return JSON.stringify(error).includes('ulimit -n');
}

function errorOf({ events }: Finished): unknown {
  return events.find(({ event }) => event === 'archive.failed')?.error;
}
