import { describe } from 'vitest';
import { readBackSuite, seamsSuite } from './seams-suite.ts';

// Of more places in test/long.
describe('a download that breaks off and continues from the same or another file', () =>
  seamsSuite(1, 20261127));
describe('is read back before its manifest', readBackSuite);
