import { killedAnywhereSuite } from './killed-anywhere-suite.ts';

// Ten times as many are in test/real.
killedAnywhereSuite({
  parallel: { kills: 5, parts: 12 },
  stream: { kills: 2, size: 8 * 2 ** 20 },
  timeout: 180_000,
});
