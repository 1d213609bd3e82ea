import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import type { ArchiverProcess, Finished } from '../support/archiver-process.ts';
import { seedArchive } from '../support/seeded-archive.ts';
import { type SimulatedStore, startSimulatedStore } from '../support/simulated-store.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { armCopy, keyOf, PHASES, type Phase, type Stage } from './signal-phases.ts';

const MiB = 2 ** 20;
const DAY = 86_400_000;
/** What `shutdown.started` promises. */
const BOUND = 45_000;
/** An exit within this is one that waited for nothing, on a machine that has other things to do. */
const AT_ONCE = 10_000;

const ARCHIVE = syntheticArchive({ size: 12 * MiB, seed: 'signals' });
/** The last slot was on 1 January: started again, the daemon begins at once if a run has left something of it. */
const FIRST_START = { SCHEDULE_CRON: '0 0 1 1 *', SCHEDULE_RUN_ON_START: 'true' };

/** The real process, ended by a signal in each of the phases of a run, and what the next start makes of it. */
export function signalSuite(verb: 'run' | 'daemon', phases: readonly Phase[] = PHASES): void {
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
    database = world.scalingo.addDatabase({ app: 'shop', archive: ARCHIVE });
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });

  const stage = (): Stage => ({ s3, database, prefix: world.prefix });
  const start = (more: Readonly<Record<string, string>> = {}): ArchiverProcess =>
    world.spawn(
      [verb],
      world.environment(database, {
        ...(verb === 'daemon' ? FIRST_START : {}),
        S3_PART_SIZE: '5MiB',
        ...more,
      }),
    );

  /** Starts again, and ends it when it has done its work. */
  async function startAgain(): Promise<Finished> {
    await using again = start({ SCHEDULE_RUN_ON_START: 'false' });
    if (verb === 'daemon') {
      await again.event('schedule.next');
      again.kill('SIGTERM');
    }
    return await again.finished();
  }

  async function endBy(process: ArchiverProcess, signal: 'SIGTERM' | 'SIGINT'): Promise<Finished> {
    const begun = performance.now();
    process.kill(signal);
    const finished = await process.finished();
    expect(performance.now() - begun, 'milliseconds until the exit').toBeLessThan(AT_ONCE);
    return finished;
  }

  describe.each(phases)('SIGTERM while $name', (phase) => {
    it('cuts it short with 143, leaves nothing in vain, and the next start finishes the job', async () => {
      const reached = phase.arm(stage());
      {
        await using process = start();
        await reached;
        const { code, events, stdout } = await endBy(process, 'SIGTERM');
        expect(code, stdout).toBe(143);
        expect(events.find(({ event }) => event === 'shutdown.started')).toMatchObject({
          signal: 'SIGTERM',
          boundMs: BOUND,
          msg: expect.stringContaining('45'),
        });
        expect(events.at(-1)).toMatchObject({ event: 'shutdown.completed' });
        expect(events.find(({ event }) => event === 'archive.failed')).toBeUndefined();
      }
      const keys = await world.keys();
      expect(keys.map((key) => key.replace(/^.*?\./, '')).sort()).toEqual(
        { nothing: [], object: ['tar.gz'], archive: ['manifest.json', 'tar.gz'] }[phase.leaves],
      );
      // An upload stays only if the next run goes on with it.
      const backupId = database.newestBackup.id;
      expect((await world.unfinishedUploads()).filter((key) => !key.includes(backupId))).toEqual([]);
      expect(await bucket.keys(`${world.prefix}.locks/`)).toEqual([]);

      phase.free?.(stage());
      // All is done: another `run` would rightly make another backup, the daemon knows that there is none due.
      if (phase.leaves === 'archive' && verb === 'run') return;
      const again = await startAgain();
      expect(again.code, again.stdout).toBe(0);
      await world.expectOnlyArchive(ARCHIVE);
      expect(database.backups).toHaveLength(1);
    });
  });

  it('SIGTERM while pruning ends it between two steps, and the next start sweeps up', async () => {
    const night = (daysAgo: number) => ({
      database: 'shop',
      createdAt: new Date(Math.floor(Date.now() / DAY - daysAgo) * DAY),
      backupId: `night-${daysAgo}`,
    });
    for (const days of [400, 401, 402]) {
      seedArchive(s3, world.prefix, night(days), { addonId: database.id, size: 100 });
    }
    const policy = { RETENTION_KEEP_LAST: '2' };
    const oldest = { operation: 'DeleteObject', key: keyOf(world.prefix, 'tar.gz', 'night-402') } as const;
    s3.fail({ ...oldest, fault: { kind: 'hang' } });
    {
      await using process = start(policy);
      await s3.seen(oldest);
      const { code, events, stdout } = await endBy(process, 'SIGTERM');
      expect(code, stdout).toBe(143);
      expect(events.find(({ event }) => event === 'retention.failed')).toBeUndefined();
    }
    const kinds = (days: number | string) => s3.keys().filter((key) => key.includes(`_night-${days}.`));
    expect(kinds(402)).toEqual([expect.stringMatching(/tar\.gz$/)]);
    expect(kinds(401)).toHaveLength(2);
    expect((await world.manifests()).map(({ backupId }) => backupId)).toContain(database.newestBackup.id);

    const pruned = await world.run(['prune'], world.environment(database, policy));
    expect(pruned.code, pruned.stderr).toBe(0);
    expect([kinds(402), kinds(401), kinds(400).length]).toEqual([[], [], 2]);
    expect(database.backups).toHaveLength(1);
  });

  it('SIGINT exits with 130', async () => {
    const reached = armCopy(stage());
    await using process = start();
    await reached;
    const { code, events } = await endBy(process, 'SIGINT');
    expect(code).toBe(130);
    expect(events.find(({ event }) => event === 'shutdown.started')).toMatchObject({ signal: 'SIGINT' });
  });

  it('a second signal exits at once, whatever still runs', async () => {
    const reached = armCopy(stage());
    // The store keeps the run waiting for the end of its lease.
    const release = { operation: 'DeleteObject', key: `${world.prefix}.locks/shop.json` } as const;
    s3.fail({ ...release, times: Number.POSITIVE_INFINITY, fault: { kind: 'hang' } });
    await using process = start();
    await reached;
    process.kill('SIGTERM');
    await s3.seen(release);
    const { code, events } = await endBy(process, 'SIGINT');
    expect(code).toBe(130);
    expect(events.at(-1)).toMatchObject({ event: 'shutdown.forced', signal: 'SIGINT' });
    expect(events.find(({ event }) => event === 'shutdown.completed')).toBeUndefined();
  });

  if (verb === 'run') return;
  it('an idle daemon drains cleanly: 0, at once', async () => {
    await using process = start({ SCHEDULE_RUN_ON_START: 'false' });
    await process.event('schedule.next');
    const { code, events } = await endBy(process, 'SIGTERM');
    expect(code).toBe(0);
    expect(events.map(({ event }) => event)).toEqual([
      'daemon.started',
      'schedule.next',
      'shutdown.started',
      'shutdown.completed',
    ]);
    // Nothing of it was ever archived: it waits for its slot.
    await world.expectNothing();
    expect(database.backups).toEqual([]);
  });
}
