import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatedS3Options } from '../../sandbox/s3/options.ts';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import type { StoreAddress } from './test-store.ts';

/** The sandbox's own S3 server, in a folder that goes with it. */
export interface SimulatedStore extends AsyncDisposable {
  readonly s3: SimulatedS3;
  readonly folder: string;
  /** As that of a real server. */
  readonly address: StoreAddress;
  /** As its disposal. */
  close(): Promise<void>;
}

/** @param options the bucket is `archives`, unless they say otherwise */
export async function startSimulatedStore(
  options: Partial<SimulatedS3Options> = {},
): Promise<SimulatedStore> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 's3-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const s3 = stack.use(await SimulatedS3.start({ folder, buckets: ['archives'], ...options }));
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const held = stack.move();
  const close = () => held.disposeAsync();
  return {
    s3,
    folder,
    address: { name: 'sandbox', endpoint, region, accessKeyId, secretAccessKey, bucket: 'archives' },
    close,
    [Symbol.asyncDispose]: close,
  };
}
