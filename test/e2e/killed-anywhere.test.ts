import { killedAnywhereSuite } from './killed-anywhere-suite.ts';

// More of each are in test/long.
killedAnywhereSuite({
  parallel: { kills: 3, parts: 12 },
  stream: { kills: 2, size: 8 * 2 ** 20 },
  timeout: 180_000,
});
