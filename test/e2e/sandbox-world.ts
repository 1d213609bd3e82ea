import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { SimulatedScalingoOptions } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { startSimulatedStore } from '../support/simulated-store.ts';
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
  const simulated = await startSimulatedStore(store);
  const bucket = new BucketView(simulated.address);
  const world = await World.start(bucket, scalingo);
  return {
    s3: simulated.s3,
    world,
    async [Symbol.asyncDispose]() {
      bucket.close();
      await world[Symbol.asyncDispose]();
      await simulated.close();
    },
  };
}
