import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullJitter } from '../../src/concurrency/retry.ts';

const POLICY = { baseMs: 1000, capMs: 30_000 };
const highest = () => 1 - Number.EPSILON;

describe('full jitter', () => {
  it.each([
    [0, 1000],
    [1, 2000],
    [2, 4000],
    [4, 16_000],
    [5, 30_000],
    [6, 30_000],
    [1_000_000, 30_000],
    [Number.MAX_SAFE_INTEGER, 30_000],
  ])('wait %i stays below %i ms', (attempt, ceiling) => {
    expect(fullJitter(attempt, POLICY, () => 0)).toBe(0);
    expect(fullJitter(attempt, POLICY, () => 0.5)).toBe(ceiling / 2);
    expect(fullJitter(attempt, POLICY, highest)).toBe(ceiling - 1);
  });

  it('gives whole milliseconds below the cap, that grow with the attempt and with the luck', () => {
    const luck = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(
        fc.nat({ max: 2000 }),
        fc.record({ baseMs: fc.nat({ max: 1e6 }), capMs: fc.nat({ max: 1e9 }) }),
        luck,
        luck,
        (attempt, policy, one, other) => {
          const wait = fullJitter(attempt, policy, () => one);
          expect(Number.isSafeInteger(wait) && wait >= 0 && wait <= policy.capMs).toBe(true);
          expect(fullJitter(attempt + 1, policy, () => one)).toBeGreaterThanOrEqual(wait);
          const lucky = fullJitter(attempt, policy, () => Math.max(one, other));
          expect(lucky).toBeGreaterThanOrEqual(wait);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('asks for one random number a wait', () => {
    let asked = 0;
    fullJitter(3, POLICY, () => {
      asked++;
      return 0.1;
    });
    expect(asked).toBe(1);
  });
});
