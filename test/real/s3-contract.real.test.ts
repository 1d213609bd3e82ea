import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SEAWEEDFS, type StoreCapabilities, VERSITYGW } from '../sandbox/s3-capabilities.ts';
import type { Connection } from '../sandbox/s3-client.ts';
import { s3Contract } from '../sandbox/s3-contract.ts';
import { type RealServer, startSeaweedFS, startVersityGW } from './servers.ts';

s3Contract('SeaweedFS', () => connect(startSeaweedFS, SEAWEEDFS));
s3Contract('versitygw', () => connect(startVersityGW, VERSITYGW));

async function connect(
  start: (options: { dir: string }) => Promise<RealServer>,
  capabilities: StoreCapabilities,
): Promise<Connection> {
  const dir = await mkdtemp(join(tmpdir(), 's3-contract-'));
  const server = await start({ dir });
  return {
    address: server,
    bucket: server.bucket,
    capabilities,
    [Symbol.asyncDispose]: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
