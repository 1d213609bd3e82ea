import { describe } from 'vitest';
import { singleFaultSuite } from '../run/single-faults-suite.ts';

describe('one fault on one call to the store', () => singleFaultSuite({ oneIn: 1 }));
