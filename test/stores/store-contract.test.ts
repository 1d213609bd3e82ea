import { systemClock } from '../../src/process/system-clock.ts';
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import { startSimulatedStore } from '../support/simulated-store.ts';
import { storeOptions } from '../support/store-options.ts';
import { storeContract } from './store-contract.ts';

storeContract("S3, on the sandbox's own server", async () => {
  const { s3, close } = await startSimulatedStore();
  const store = new S3ArchiveStore(storeOptions(s3, { partSize: 5 * 2 ** 20 }), systemClock);
  return {
    store,
    close: async () => {
      store.close();
      await close();
    },
  };
});
