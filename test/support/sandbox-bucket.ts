import { startSimulatedStore } from './simulated-store.ts';
import { BucketView } from './test-store.ts';

/** A bucket on the sandbox's own store, for one test file. */
export async function openSandboxBucket(): Promise<{ bucket: BucketView; close: () => Promise<void> }> {
  const simulated = await startSimulatedStore();
  const bucket = new BucketView(simulated.address);
  return {
    bucket,
    close: async () => {
      bucket.close();
      await simulated.close();
    },
  };
}
