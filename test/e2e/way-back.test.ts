import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { archiveDigest } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { startSandboxWorld } from './sandbox-world.ts';

it('an archive is verified, and comes back, by the settings of the store alone', async () => {
  const archive = syntheticArchive({ size: 20 * 2 ** 20, seed: 'way back' });
  await using sandbox = await startSandboxWorld();
  const { world } = sandbox;
  const made = await world.archive(world.scalingo.addDatabase({ app: 'shop', archive }));
  expect(made.code, made.stdout).toBe(0);
  const env = { ...world.bucket.environment(), S3_PREFIX: world.prefix };
  const verified = await world.run(['verify', '--deep'], env);
  expect(verified.code, verified.stderr).toBe(0);
  expect(verified.stdout).toMatch(/^shop .* whole$/m);
  const folder = await mkdtemp(join(tmpdir(), 'way-back-'));
  try {
    const downloaded = await world.run(['download', 'shop', '--output', join(folder, 'back')], env);
    expect(downloaded.code, downloaded.stderr).toBe(0);
    expect(await readdir(folder)).toEqual(['back']);
    const hash = createHash('sha256').update(await readFile(join(folder, 'back')));
    expect(hash.digest('hex')).toBe(await archiveDigest(archive));
  } finally {
    await rm(folder, { recursive: true });
  }
});
