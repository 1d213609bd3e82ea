import { defineConfig } from 'vitest/config';

/** The tests that need Scalingo's own CLI, built or installed by hand: `SCALINGO_CLI` is its path. */
export default defineConfig({
  test: { include: ['test/interop/**/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 },
});
