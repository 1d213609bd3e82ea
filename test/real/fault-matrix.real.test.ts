import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { tryCells } from '../faults/run-cells.ts';
import { startSeaweedFS, startVersityGW } from './servers.ts';

const BUDGET = 40;

it.each([
  ['SeaweedFS', startSeaweedFS],
  ['versitygw', startVersityGW],
])(
  'a fault on any call of a night is healed, or leaves the next run whole, on %s',
  async (name, start) => {
    const dir = await mkdtemp(join(tmpdir(), 's3-'));
    const server = await start({ dir });
    try {
      await tryCells({ ...server, name }, { partSize: 5 * 2 ** 20, parts: 2 }, BUDGET);
    } finally {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    }
  },
  3_600_000,
);
