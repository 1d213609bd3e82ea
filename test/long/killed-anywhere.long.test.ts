import { killedAnywhereSuite } from '../e2e/killed-anywhere-suite.ts';

killedAnywhereSuite({
  parallel: { kills: 50, parts: 60 },
  stream: { kills: 8, size: 17 * 2 ** 20 },
  timeout: 600_000,
});
