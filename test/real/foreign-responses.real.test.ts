import { describe } from 'vitest';
import { foreignStoreSuite } from '../run/foreign-responses-suite.ts';

// Each request of a night, and not only the first of its kind.
describe('a 200 that is not the one of the store', () => foreignStoreSuite(true));
