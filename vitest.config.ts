import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import './test/support/compile-cache.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The first take minutes, the second need real servers, the third Scalingo's own CLI.
    exclude: ['test/long/**', 'test/real/**', 'test/interop/**'],
    // On two cores as well: most of the time a test waits for a process or a socket.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
