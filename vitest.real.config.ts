import { defineConfig } from 'vitest/config';
import './test/support/compile-cache.ts';

/** The tests that need real servers: SeaweedFS (`weed`) and the Versity S3 Gateway (`versitygw`). */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
