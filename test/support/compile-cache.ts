import { fileURLToPath } from 'node:url';

// Node keeps what it compiled, for the workers and the processes that the tests start: reading TypeScript anew is half
// of the CPU time of each start, and there are hundreds. Imported by the configurations of vitest, before any worker.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../node_modules/.cache/compiled', import.meta.url),
);
