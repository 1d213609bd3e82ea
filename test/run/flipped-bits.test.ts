import { flippedBitsSuite } from './flipped-bits-suite.ts';

// Of each kind a hundred are in test/real.
flippedBitsSuite(6);
