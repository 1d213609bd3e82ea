import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { AWS } from './s3-capabilities.ts';
import { s3Contract } from './s3-contract.ts';

s3Contract("the sandbox's own server", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'simulated-s3-'));
  const server = await SimulatedS3.start({ folder, buckets: ['archives'] });
  return {
    address: {
      endpoint: server.endpoint,
      region: server.region,
      accessKeyId: server.accessKeyId,
      secretAccessKey: server.secretAccessKey,
    },
    bucket: 'archives',
    capabilities: AWS,
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
