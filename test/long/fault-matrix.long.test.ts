import { it } from 'vitest';
import { tryCells } from '../faults/run-cells.ts';
import { startSimulatedStore } from '../support/simulated-store.ts';

const BUDGET = 40;

it.each([
  ['in parallel', false],
  ['as a stream', true],
])(
  'a fault on any call of a night is healed, or leaves the next run whole (%s)',
  async (_, stream) => {
    await using simulated = await startSimulatedStore({ quirks: { minPartSize: 1 } });
    await tryCells(simulated.address, { partSize: 64 * 2 ** 10, parts: 3, stream, chain: true }, BUDGET);
  },
  3_600_000,
);
