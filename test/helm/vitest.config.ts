import { defineConfig } from 'vitest/config';

/** The tests that need Helm (`HELM`, else `helm` on the PATH). */
export default defineConfig({
  test: { include: ['test/helm/**/*.chart.ts'], testTimeout: 60_000 },
});
