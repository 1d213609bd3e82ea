import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { clientFor } from './s3-client.ts';

export const BUCKET = 'archives';

/** A server of one's own in a folder of its own, and a client that asks it once. */
export interface SandboxStore extends AsyncDisposable {
  readonly s3: SimulatedS3;
  readonly client: S3Client;
  readonly folder: string;
}

export async function startSandboxStore(
  options: Partial<SimulatedS3Options> = {},
  client: S3ClientConfig = {},
): Promise<SandboxStore> {
  const folder = await mkdtemp(join(tmpdir(), 'simulated-s3-'));
  const s3 = await SimulatedS3.start({ folder, buckets: [BUCKET], ...options });
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const asker = clientFor({ endpoint, region, accessKeyId, secretAccessKey }, client);
  return {
    s3,
    client: asker,
    folder,
    [Symbol.asyncDispose]: async () => {
      asker.destroy();
      await s3.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
