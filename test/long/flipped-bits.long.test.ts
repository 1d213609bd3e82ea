import { flippedBitsSuite } from '../run/flipped-bits-suite.ts';

// 100 places of each way through, of parts that a resume finds, and of prefixes that are read again.
flippedBitsSuite(50);
