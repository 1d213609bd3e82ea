import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleDecimal } from '../../src/text/decimal.ts';

describe('a decimal times a whole number', () => {
  it.each([
    ['2.3', 3_600_000, 8_280_000],
    ['1.001', 1000, 1001],
    ['0', 1000, 0],
    ['0.0', 1, 0],
    ['007.50', 2, 15],
    ['9007199254740991', 1, Number.MAX_SAFE_INTEGER],
    ['0.00000000000000000000000000000000000001', 1, undefined],
    ['9007199254740992', 1, undefined],
    ['4503599627370496.3', 1, undefined],
    ['1.0005', 1000, undefined],
    ['1'.repeat(41), 1, undefined],
  ])('%s × %i is %s', (decimal, factor, product) => {
    expect(scaleDecimal(decimal, factor)).toBe(product);
  });

  it('is exact: as with the point moved instead', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: Number.MAX_SAFE_INTEGER }),
        fc.integer({ min: 1, max: 15 }),
        (digits, places) => {
          const padded = String(digits).padStart(places + 1, '0');
          const decimal = `${padded.slice(0, -places)}.${padded.slice(-places)}`;
          expect(scaleDecimal(decimal, 10 ** places)).toBe(digits);
        },
      ),
      { numRuns: 500 },
    );
  });
});
