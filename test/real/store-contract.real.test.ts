import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/process/system-clock.ts';
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import { storeContract } from '../stores/store-contract.ts';
import { storeOptions } from '../support/store-options.ts';
import { REAL_SERVERS } from './servers.ts';

for (const [name, start] of REAL_SERVERS) {
  storeContract(`S3, on ${name}`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 's3-'));
    const server = await start({ dir });
    const store = new S3ArchiveStore(storeOptions(server, { partSize: 5 * 2 ** 20 }), systemClock);
    return {
      store,
      // Measured: it takes no notice of If-Match and If-None-Match.
      ignoresConditions: name === 'rclone',
      close: async () => {
        store.close();
        await server.stop();
        await rm(dir, { recursive: true, force: true });
      },
    };
  });
}
