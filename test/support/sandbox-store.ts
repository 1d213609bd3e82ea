import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { StoreAddress } from './test-store.ts';

/** The sandbox's own store, as an address like that of a real server. */
export async function sandboxStore(
  options: Partial<SimulatedS3Options> = {},
): Promise<{ store: StoreAddress; s3: SimulatedS3; close: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 's3-'));
  const s3 = await SimulatedS3.start({ folder, buckets: ['archives'], ...options });
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  return {
    store: { name: 'sandbox', endpoint, region, accessKeyId, secretAccessKey, bucket: 'archives' },
    s3,
    close: async () => {
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
