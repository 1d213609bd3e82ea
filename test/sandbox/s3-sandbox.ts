import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import { type SimulatedStore, startSimulatedStore } from '../support/simulated-store.ts';
import { clientFor } from './s3-client.ts';

export const BUCKET = 'archives';

/** A server of one's own in a folder of its own, and a client that asks it once. */
export interface SandboxStore extends SimulatedStore {
  readonly client: S3Client;
}

export async function startSandboxStore(
  options: Partial<SimulatedS3Options> = {},
  client: S3ClientConfig = {},
): Promise<SandboxStore> {
  const simulated = await startSimulatedStore(options);
  const asker = clientFor(simulated.address, client);
  return {
    ...simulated,
    client: asker,
    [Symbol.asyncDispose]: async () => {
      asker.destroy();
      await simulated.close();
    },
  };
}
