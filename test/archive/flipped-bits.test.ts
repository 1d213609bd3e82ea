import { flippedBitsSuite } from './flipped-bits-suite.ts';

flippedBitsSuite(12);
