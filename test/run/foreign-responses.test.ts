import { describe } from 'vitest';
import { foreignScalingoSuite, foreignStoreSuite } from './foreign-responses-suite.ts';

// All of them are in test/long.
describe('a 200 that is not what was asked for', () => {
  foreignStoreSuite({ everyTime: false, oneIn: 5 });
  foreignScalingoSuite({ oneIn: 5 });
});
