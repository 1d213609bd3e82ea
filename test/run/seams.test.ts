import { describe } from 'vitest';
import { readBackSuite, seamsSuite } from './seams-suite.ts';

describe('a download that breaks off and continues from the same or another file', () =>
  seamsSuite(2, 20261127));
describe('is read back before its manifest', readBackSuite);
