import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const archive = syntheticArchive({ size: 9 * 2 ** 20, seed: 'locked' });

/** Such a bucket refuses whatever comes without a checksum: an archive's parts, the lease, the manifest. */
it('a bucket that locks everything by default takes archives night after night', async () => {
  await using sandbox = await startSandboxWorld({
    versioning: true,
    defaultRetention: { mode: 'GOVERNANCE', days: 30 },
  });
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  expect((await world.archive(database)).code).toBe(0);
  const manifest = await world.expectOnlyArchive(archive);
  expect(s3.object(manifest.key)?.lock).toMatchObject({ mode: 'GOVERNANCE' });
  const again = await world.archive(database, { BACKUP_REUSE_WITHIN: '0s', RETENTION_KEEP_LAST: '1' });
  expect(again.code).toBe(0);
  expect(again.events.map(({ event }) => event)).toContain('retention.retained');
  expect(await world.manifests()).toHaveLength(2);
});

it('prune --dry-run shows what a lock holds, and until when', async () => {
  await using sandbox = await startSandboxWorld({
    versioning: true,
    defaultRetention: { mode: 'GOVERNANCE', days: 30 },
  });
  const { world, s3 } = sandbox;
  const database = world.scalingo.addDatabase({ app: 'shop', archive: syntheticArchive({ size: 3000 }) });
  for (let night = 0; night < 4; night++) {
    expect((await world.archive(database, { BACKUP_REUSE_WITHIN: '0s' })).code).toBe(0);
  }
  const env = world.environment(database, { RETENTION_KEEP_LAST: '1' });
  const planned = await world.run(['prune', '--dry-run'], env);
  expect(planned.code, planned.stdout).toBe(0);
  expect(planned.stdout).toContain('shop: 4 of 4 stay, 0 go, 3 retained by Object Lock');
  expect(planned.stdout).toMatch(/retained +no rule keeps it, locked until \d{4}-/);
  const { stdout } = await world.run(['prune', '--dry-run', '--json'], env);
  const [{ archives }] = JSON.parse(stdout) as [
    { archives: { key: string; state: string; keep: boolean }[] },
  ];
  expect(archives.map(({ state }) => state)).toEqual(['keep', 'retained', 'retained', 'retained']);
  const pruned = await world.run(['prune'], env);
  expect(pruned.code, pruned.stdout).toBe(0);
  expect(pruned.stdout).toContain('shop: 4 of 4 stay, 0 removed, 3 retained by Object Lock');
  expect(archives.map(({ key }) => s3.object(key))).not.toContain(undefined);
});
