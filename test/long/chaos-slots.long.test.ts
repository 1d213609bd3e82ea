import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Random } from '../../src/ports/clock.ts';
import { type SandboxWorld, startSandboxWorld } from '../e2e/sandbox-world.ts';
import type { LogLine } from '../support/archiver-process.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { figure, SEED, seeded } from './chaos-budget.ts';

/** Each a pair of daemons and a CronJob of its own: a process asks Scalingo once a second at most. */
const FLEETS = 5;
const DATABASES = 2;
const SLOTS = 10;
/** Seconds; a waiting run looks at a lease every two. */
const EVERY = 15;
const ALL = FLEETS * DATABASES * SLOTS;

it(
  `daemons in pairs and CronJobs race for ${ALL} slots: none gets two backups, none two archives`,
  {
    timeout: (SLOTS + 8) * EVERY * 1000,
  },
  () =>
    seeded(async () => {
      const begun = performance.now();
      const random = seededRandom(SEED);
      await using sandbox = await startSandboxWorld();
      const { world, s3 } = sandbox;
      const failed = (
        await Promise.all(Array.from({ length: FLEETS }, (_, fleet) => race(sandbox, fleet, random)))
      ).flat();
      // On a machine that is too slow for it a run may find a lease held for as long as it waits, and ends by that.
      expect(failed.filter(({ event }) => event !== 'lock.held')).toEqual([]);

      const manifests = await world.manifests();
      const written = s3.requested({ operation: 'PutObject', key: /\.manifest\.json$/ });
      expect(written, 'manifests written').toHaveLength(manifests.length);
      expect(s3.keys().filter((key) => key.endsWith('.tar.gz'))).toHaveLength(manifests.length);
      expect(s3.uploads()).toEqual([]);
      expect(await world.leases()).toEqual([]);
      figure(
        `${ALL} slots, two daemons and a CronJob each: ${manifests.length} backups and archives, ${failed.length} leases found held`,
        begun,
      );
    }),
);

/** One pair of daemons with its CronJob over all slots. @returns what failed */
async function race({ world }: SandboxWorld, fleet: number, random: Random): Promise<LogLine[]> {
  const archive = syntheticArchive({ size: 300_000, seed: 'slots' });
  const databases = Array.from({ length: DATABASES }, (_, n) =>
    world.scalingo.addDatabase({
      app: `shop-${fleet}-${n}`,
      archive,
      manualLimit: 100,
      timeline: { polls: 0 },
    }),
  );
  const args = ['--config', await world.configFile({ databases })];
  const env = world.environment();
  const daemonEnv = { ...env, SCHEDULE_CRON: `*/${EVERY} * * * * *` };
  await using first = world.spawn(['daemon', ...args], daemonEnv);
  await using second = world.spawn(['daemon', ...args], daemonEnv);
  const daemons = [first, second];
  const ready = await Promise.all(
    daemons.map((daemon) => daemon.event('schedule.next', undefined, DATABASES)),
  );
  const firsts = ready.map(({ slot }) => Date.parse(String(slot)));
  const from = Math.max(...firsts);
  const jobs = [];
  for (let slot = from; jobs.length < SLOTS; slot += EVERY * 1000) {
    // Kubernetes is late by a moment as well.
    await sleep(Math.max(0, slot + random() * 2000 - Date.now()));
    jobs.push(world.run(['run', ...args], { ...env, ARCHIVER_SINCE: new Date(slot).toISOString() }));
  }
  const finished = await Promise.all(jobs);
  // Each has dealt with all slots once it waits for one after them.
  const end = from + SLOTS * EVERY * 1000;
  const isOver = ({ slot }: LogLine) => Date.parse(String(slot)) >= end;
  await Promise.all(daemons.map((daemon) => daemon.event('schedule.next', isOver, DATABASES)));
  for (const daemon of daemons) daemon.kill('SIGTERM');
  for (const daemon of daemons) finished.push(await daemon.finished());

  // A machine that is too slow for the race is late for slots, and then does several at once: never more than one each.
  // One daemon may have been ready some slots before the other, and gone on after it.
  const most = Math.floor((Date.now() - Math.min(...firsts)) / 1000 / EVERY) + 1;
  const manifests = await world.manifests();
  for (const { app, backups } of databases) {
    const made = backups.map(({ createdAt }) => new Date(createdAt).toISOString()).join(' ');
    expect(backups.length, `backups of ${app}: ${made}`).toBeLessThanOrEqual(most);
    expect(backups.length, `backups of ${app}`).toBeGreaterThanOrEqual(SLOTS / 2);
    const own = manifests.filter(({ database }) => database === app);
    expect(
      own.map(({ backupId }) => backupId),
      `archives of ${app}`,
    ).toEqual(backups.map(({ id }) => id));
  }
  return finished
    .flatMap(({ events }) => [...events])
    .filter(({ event }) => ['archive.failed', 'lock.held', 'retention.failed'].includes(event));
}
