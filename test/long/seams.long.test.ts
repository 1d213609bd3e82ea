import { describe } from 'vitest';
import { seamsSuite } from '../run/seams-suite.ts';

// Some 2,000 copies: too long for the tests that run at every change.
describe('a download that breaks off at 50 random places', () => seamsSuite(50, 50));
