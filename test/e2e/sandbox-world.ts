import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { SimulatedScalingoOptions } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';

/** A world of one's own whose store can be told to misbehave. */
export interface SandboxWorld extends AsyncDisposable {
  readonly s3: SimulatedS3;
  readonly world: World;
}

export async function startSandboxWorld(
  store: Partial<SimulatedS3Options> = {},
  scalingo: SimulatedScalingoOptions = {},
): Promise<SandboxWorld> {
  const folder = await mkdtemp(join(tmpdir(), 's3-'));
  const s3 = await SimulatedS3.start({ folder, buckets: ['archives'], ...store });
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const bucket = new BucketView({
    ...{ name: 'sandbox', endpoint, region, accessKeyId, secretAccessKey },
    bucket: 'archives',
  });
  const world = await World.start(bucket, scalingo);
  return {
    s3,
    world,
    async [Symbol.asyncDispose]() {
      bucket.close();
      await world[Symbol.asyncDispose]();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
