import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { BucketView } from './test-store.ts';

/** A bucket on the sandbox's own store, for one test file. */
export async function openSandboxBucket(): Promise<{ bucket: BucketView; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 's3-'));
  const s3 = await SimulatedS3.start({ folder, buckets: ['archives'] });
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const bucket = new BucketView({
    name: 'sandbox',
    endpoint,
    region,
    accessKeyId,
    secretAccessKey,
    bucket: 'archives',
  });
  return {
    bucket,
    close: async () => {
      bucket.close();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
