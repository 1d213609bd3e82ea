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
