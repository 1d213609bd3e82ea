import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The first need real servers, the second Scalingo's own CLI.
    exclude: ['test/real/**', 'test/interop/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
