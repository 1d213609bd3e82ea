import { describe } from 'vitest';
import { foreignScalingoSuite, foreignStoreSuite } from './foreign-responses-suite.ts';

describe('a 200 that is not what was asked for', () => {
  foreignStoreSuite(false);
  foreignScalingoSuite();
});
