import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import './test/support/compile-cache.ts';

/** What takes minutes: thousands of copies, hundreds of starts and kills, a year of nights. It needs nothing but Node. */
export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    maxWorkers: Math.max(3, availableParallelism() - 1),
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
