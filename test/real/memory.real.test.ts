import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { startSeaweedFS } from './servers.ts';

const PRINT_PEAK = fileURLToPath(new URL('print-peak-memory.ts', import.meta.url));
const SIZE = 5 * 2 ** 30;
const LIMIT_MIB = 300;

it('5 GiB from a source without Range take less than 300 MiB of memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'memory-'));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const bucket = new BucketView(stack.use(await startSeaweedFS({ dir: folder })));
  stack.defer(() => bucket.close());
  const world = stack.use(await World.start(bucket));

  const archive = syntheticArchive({ size: SIZE, seed: 'memory' });
  const database = world.scalingo.addDatabase({ app: 'shop', archive });
  database.download = { range: 'ignore' };
  const env = world.environment(database);
  const begun = performance.now();
  await using program = world.spawn(['run'], env, ['--import', PRINT_PEAK]);
  const finished = await program.finished();
  const seconds = (performance.now() - begun) / 1000;

  expect(finished.code, finished.stdout).toBe(0);
  world.expectNoSecret(finished, env);
  expect((await world.manifests()).map(({ size }) => size)).toEqual([SIZE]);
  const peak = Number(/^peak memory: (\d+) KiB$/m.exec(finished.stderr)?.[1]) / 1024;
  // Past the reporter: the figure is wanted whether the test passes or not.
  process.stdout.write(
    `figure: 5 GiB into SeaweedFS: peak RSS ${peak.toFixed(0)} MiB, ${seconds.toFixed(0)} s\n`,
  );
  // A figure this low would be none of a Node process.
  expect(peak).toBeGreaterThan(20);
  expect(peak).toBeLessThan(LIMIT_MIB);
}, 600_000);
