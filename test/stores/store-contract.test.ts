import type { StoreQuirks } from '../../sandbox/s3/options.ts';
import { systemClock } from '../../src/process/system-clock.ts';
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import { startSimulatedStore } from '../support/simulated-store.ts';
import { storeOptions } from '../support/store-options.ts';
import { storeContract } from './store-contract.ts';

const KINDS: readonly (readonly [string, Partial<StoreQuirks>])[] = [
  ["on the sandbox's own server", {}],
  ['on one that shows uploads by exact key', { uploadListing: 'exact key' }],
  ['on one that shows uploads as MinIO', { uploadListing: 'exact key or all' }],
  ['on one with the ETags of rclone', { etags: 'md5 of the whole', checksums: 'ignored' }],
  ['on one with ETags in capitals', { etags: 'capitals', checksums: 'ignored' }],
  ['on one whose ETags a proxy makes weak', { etags: 'weak', checksums: 'ignored' }],
  ...(['InvalidArgument', 'NotImplemented'] as const).map(
    (refusal) =>
      [
        `on one that answers ${refusal} to every optional header`,
        { refusal, checksums: 'refused', checksumMode: 'refused', completeClaims: 'refused' },
      ] as const,
  ),
];

for (const [name, quirks] of KINDS) {
  storeContract(`S3, ${name}`, async () => {
    const { s3, close } = await startSimulatedStore({ quirks });
    const store = new S3ArchiveStore(storeOptions(s3, { partSize: 5 * 2 ** 20 }), systemClock);
    return {
      store,
      close: async () => {
        store.close();
        await close();
      },
    };
  });
}
