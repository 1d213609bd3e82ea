import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { startVersityGW } from './servers.ts';

const MiB = 2 ** 20;
const DISK = 64;
const BALLAST = 44;
const archive = syntheticArchive({ size: 30 * MiB, seed: 'full disk' });

/** A file system of its own size, which root may mount. */
async function startSmallDisk() {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'small-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}m`, 'tmpfs', dir]);
  stack.defer(() => {
    execFileSync('umount', ['--lazy', dir]);
  });
  const held = stack.move();
  return { dir, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

it('a disk that gets full in mid-copy and has room again: the error says it, the next run goes on', {
  timeout: 120_000,
}, async () => {
  await using disk = await startSmallDisk();
  const ballast = join(disk.dir, 'ballast');
  await writeFile(ballast, Buffer.alloc(BALLAST * MiB));
  await using server = await startVersityGW({ dir: disk.dir, metadata: 'files' });
  const bucket = new BucketView(server);
  await using world = await World.start(bucket);
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  const env = world.environment(database, { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: '2' });
  const full = await world.run(['run'], env);
  expect(full.code, full.stdout).toBe(1);
  expect(full.events.find(({ event }) => event === 'archive.failed')?.error).toMatchObject({
    code: 's3.full',
    message: expect.stringContaining('No space left on device'),
  });
  expect(await world.manifests()).toEqual([]);

  await unlink(ballast);
  const again = await world.run(['run'], env);
  expect(again.code, again.stdout).toBe(0);
  expect(again.events.map(({ event }) => event)).toContain('archive.resumed');
  await world.expectOnlyArchive(archive);
  expect(database.backups).toHaveLength(1);
  bucket.close();
});
