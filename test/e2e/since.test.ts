import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { parseSince } from '../../src/cli/command-line.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const archive = syntheticArchive({ size: 300_000, seed: 'since' });

async function startFleet(count: number) {
  const sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const databases: SimulatedDatabase[] = Array.from({ length: count }, (_, n) =>
    world.scalingo.addDatabase({ app: `shop-${n}`, archive }),
  );
  const config = await world.configFile({ databases });
  const env = { ...world.environment(), CONCURRENCY: '1' };
  const args = (...more: string[]) => ['run', '--config', config, ...more];
  return {
    sandbox,
    world,
    databases,
    env,
    args,
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

describe('run --since', () => {
  it('that was killed half way and is started again makes nothing twice, and misses nothing', async () => {
    await using fleet = await startFleet(3);
    const { world, env, databases } = fleet;
    const since = new Date().toISOString();
    {
      await using process = world.spawn(fleet.args('--since', since), env);
      while (world.scalingo.count('download', databases[2]) === 0)
        await world.scalingo.nextRequest('download', databases[2]);
      process.kill('SIGKILL');
      await process.finished();
    }
    const done = (await world.manifests()).length;
    expect(done).toBeGreaterThanOrEqual(2);
    const again = await world.run(fleet.args(), { ...env, ARCHIVER_SINCE: since });
    expect(again.code, again.stdout).toBe(0);
    for (const database of databases) expect(database.backups).toHaveLength(1);
    expect(await world.manifests()).toHaveLength(3);
    expect(await world.unfinishedUploads()).toEqual([]);
    const skipped = again.events.filter(({ event }) => event === 'archive.skipped');
    expect(skipped).toHaveLength(done);
    expect(skipped[0]).toMatchObject({ reason: 'since', since });
    // The next night is another one.
    const next = await world.run(
      fleet.args('--since', new Date().toISOString(), '--database', 'shop-0'),
      env,
    );
    expect(next.code).toBe(0);
    expect(databases[0]?.backups).toHaveLength(2);
  });

  it('still applies the retention to a database that is done', async () => {
    await using fleet = await startFleet(1);
    const { world, env } = fleet;
    const since = new Date().toISOString();
    expect((await world.run(fleet.args(), env)).code).toBe(0);
    expect((await world.run(fleet.args('--since', new Date().toISOString()), env)).code).toBe(0);
    expect(await world.manifests()).toHaveLength(2);
    const pruned = await world.run(fleet.args('--since', since), { ...env, RETENTION_KEEP_LAST: '1' });
    expect(pruned.code, pruned.stdout).toBe(0);
    expect(await world.manifests()).toHaveLength(1);
    expect(fleet.databases[0]?.backups).toHaveLength(2);
  });

  it('reads the time of a Job from its name, and none of a Job that was made by hand', async () => {
    await using fleet = await startFleet(1);
    const { world, env } = fleet;
    const job = `job:archiver-backup-archiver-${Math.floor(Date.now() / 60_000)}`;
    for (const expected of [1, 1]) {
      expect((await world.run(fleet.args(), { ...env, ARCHIVER_SINCE: job })).code).toBe(0);
      expect(fleet.databases[0]?.backups).toHaveLength(expected);
    }
    expect((await world.run(fleet.args(), { ...env, ARCHIVER_SINCE: 'job:by-hand' })).code).toBe(0);
    expect(fleet.databases[0]?.backups).toHaveLength(2);
  });
});

it.each([
  ['2026-03-01T03:00:00Z', '2026-03-01T03:00:00.000Z'],
  ['2026-03-01T03:00:00.5+02:00', '2026-03-01T01:00:00.500Z'],
  ['job:archiver-29541780', '2026-03-03T03:00:00.000Z'],
  ['job:archiver', undefined],
  // A date and no minute.
  ['job:before-migration-20260301', undefined],
  ['job:archiver-1', undefined],
  ['job:', undefined],
])('%s is the time %s', (text, expected) => {
  const since = parseSince(text);
  expect(since === 'invalid' ? since : since?.toISOString()).toBe(expected);
});

it.each([
  '',
  ' ',
  'now',
  '2026-03-01',
  '2026-03-01T03:00:00',
  '1772334000',
  '9999-12-31T23:59:59-10:00',
  'archiver-29541780',
])('%j is no time', (text) => {
  expect(parseSince(text)).toBe('invalid');
});
