import { flippedBitsSuite } from './flipped-bits-suite.ts';

// Of each kind a hundred are in test/long.
flippedBitsSuite(2);
