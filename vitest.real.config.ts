import { defineConfig } from 'vitest/config';
import './test/support/compile-cache.ts';

/** The tests that need real servers: SeaweedFS (`weed`), the Versity S3 Gateway (`versitygw`), MinIO, rclone, moto and Ceph. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.test.ts'],
    // One file waits for its server while another works: two cores are hardly used by one.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
