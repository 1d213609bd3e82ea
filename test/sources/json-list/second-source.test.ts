import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { SimulatedS3 } from '../../../sandbox/s3/simulated-s3.ts';
import { secondSourceSuite } from './second-source-suite.ts';

describe("a second source on the sandbox's own store", () => {
  secondSourceSuite(async () => {
    const folder = await mkdtemp(join(tmpdir(), 's3-'));
    const s3 = await SimulatedS3.start({ folder, buckets: ['archives'] });
    const { endpoint, region, accessKeyId, secretAccessKey } = s3;
    return {
      store: { name: 'sandbox', endpoint, region, accessKeyId, secretAccessKey, bucket: 'archives' },
      close: async () => {
        await s3.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
});
