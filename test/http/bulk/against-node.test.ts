import { expect, test } from 'vitest';
import { compareWithNode } from './against-node-suite.ts';

test('the reader sees in odd responses what Node sees, or leaves them to got', async () => {
  const compared = await compareWithNode({ seed: 1, inputs: 1_500, budget: 20_000 });
  expect(compared.differences).toEqual([]);
  // Neither all left nor all broken: then nothing would have been compared.
  expect(compared.counts.read).toBeGreaterThan(compared.inputs / 8);
  expect(compared.counts.left).toBeGreaterThan(compared.inputs / 8);
});
