import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { secondSourceSuite } from '../sources/json-list/second-source-suite.ts';
import { startSeaweedFS, startVersityGW } from './servers.ts';

describe.each([
  ['SeaweedFS', startSeaweedFS],
  ['versitygw', startVersityGW],
])('a second source on %s', (_, start) => {
  secondSourceSuite(async () => {
    const dir = await mkdtemp(join(tmpdir(), 's3-'));
    const store = await start({ dir });
    return {
      store,
      close: async () => {
        await store.stop();
        await rm(dir, { recursive: true, force: true });
      },
    };
  });
});
