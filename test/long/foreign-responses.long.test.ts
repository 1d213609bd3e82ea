import { describe } from 'vitest';
import { foreignScalingoSuite, foreignStoreSuite } from '../run/foreign-responses-suite.ts';

// Each request of a night to the store, and not only the first of its kind.
describe('a 200 that is not what was asked for', () => {
  foreignStoreSuite({ everyTime: true, oneIn: 1 });
  foreignScalingoSuite({ oneIn: 1 });
});
