import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { mainJobSuite } from '../e2e/main-job-suite.ts';
import { REAL_SERVERS } from './servers.ts';

describe.each(REAL_SERVERS)('the main job on %s', (_, start) => {
  mainJobSuite(async () => {
    const dir = await mkdtemp(join(tmpdir(), 's3-'));
    const store = await start({ dir });
    return {
      store,
      // Measured: it lets everybody in.
      checksNoSignature: store.name === 'moto',
      close: async () => {
        await store.stop();
        await rm(dir, { recursive: true, force: true });
      },
    };
  });
});
