import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { BucketView, type StoreAddress } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { startSeaweedFS } from './servers.ts';

const PRINT_PEAK = fileURLToPath(new URL('print-peak-memory.ts', import.meta.url));
const GiB = 2 ** 30;
const LIMIT_MIB = 300;

/** No archive is so large that it takes more memory: 5 GiB from a source that knows no Range. */
describe('the memory of an archive of 5 GiB', () => {
  it.each([
    ["the sandbox's store, which keeps nothing", openDiscarding],
    ['SeaweedFS', openSeaweedFS],
  ])(
    'stays under 300 MiB: into %s',
    async (name, open) => {
      const folder = await mkdtemp(join(tmpdir(), 'memory-'));
      await using stack = new AsyncDisposableStack();
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      const bucket = new BucketView(await open(folder, stack));
      stack.defer(() => bucket.close());
      const world = stack.use(await World.start(bucket));

      const archive = syntheticArchive({ size: 5 * GiB, seed: 'memory' });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.download = { range: 'ignore' };
      const env = world.environment(database);
      const begun = performance.now();
      await using process = world.spawn(['run'], env, ['--import', PRINT_PEAK]);
      const finished = await process.finished();
      const seconds = (performance.now() - begun) / 1000;

      expect(finished.code, finished.stdout).toBe(0);
      world.expectNoSecret(finished, env);
      expect((await world.manifests()).map(({ size }) => size)).toEqual([archive.size]);
      const peak = Number(/^peak memory: (\d+) KiB$/m.exec(finished.stderr)?.[1]) / 1024;
      print(`5 GiB into ${name}: peak RSS ${peak.toFixed(0)} MiB, ${seconds.toFixed(0)} s`);
      expect(peak).toBeGreaterThan(20);
      expect(peak).toBeLessThan(LIMIT_MIB);
    },
    600_000,
  );
});

async function openDiscarding(folder: string, stack: AsyncDisposableStack): Promise<StoreAddress> {
  const s3 = stack.use(await SimulatedS3.start({ folder, buckets: ['archives'], discard: true }));
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  return { name: 'sandbox', endpoint, region, accessKeyId, secretAccessKey, bucket: 'archives' };
}

async function openSeaweedFS(dir: string, stack: AsyncDisposableStack): Promise<StoreAddress> {
  return stack.use(await startSeaweedFS({ dir }));
}

/** Past the reporter: the figure is wanted whether the test passes or not. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
