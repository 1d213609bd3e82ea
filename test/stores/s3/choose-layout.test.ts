import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArchiverError } from '../../../src/model/errors.ts';
import { countParts } from '../../../src/model/part-layout.ts';
import {
  layoutHeldParts,
  layoutParts,
  type PartLayoutOptions,
  S3_LIMITS,
} from '../../../src/stores/s3/upload/choose-layout.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const TiB = 2 ** 40;
const { maxParts: MAX_PARTS, minPartSize: MIN_PART_SIZE, maxPartSize: MAX_PART_SIZE } = S3_LIMITS;
/** What parts may occupy before a single part needs more. */
const BUDGET = 64 * MiB;

/** Sizes of many magnitudes, up to the largest that 10,000 parts of 5 GiB hold, and the bounds themselves. */
const sizes = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0, max: 44 }), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([power, share]) => Math.floor(2 ** power * (1 + share))),
  fc
    .tuple(
      fc.integer({ min: 1, max: 5120 }),
      fc.constantFrom(1000, MAX_PARTS),
      fc.integer({ min: -1, max: 1 }),
    )
    .map(([mib, parts, near]) => mib * MiB * parts + near),
);
const options: fc.Arbitrary<PartLayoutOptions> = fc.record(
  {
    partSize: fc.integer({ min: MIN_PART_SIZE, max: MAX_PART_SIZE }),
    concurrency: fc.integer({ min: 1, max: 64 }),
    maxParts: fc.oneof(fc.constantFrom(1, 1000, MAX_PARTS), fc.integer({ min: 1, max: MAX_PARTS })),
  },
  { requiredKeys: [] },
);

/** `undefined` where no layout is permitted. */
function layoutOrNone(size: number | null, chosen: PartLayoutOptions) {
  try {
    return layoutParts(size, chosen);
  } catch (error) {
    expect(error).toMatchObject({ code: 's3.too_large' });
    return undefined;
  }
}

describe('part size and concurrency', () => {
  it.each<[string, number | null, PartLayoutOptions, number, number]>([
    ['of an empty archive', 0, {}, 8 * MiB, 4],
    ['of one byte', 1, {}, 8 * MiB, 4],
    ['of 1 GiB', GiB, {}, 8 * MiB, 4],
    ['of the most that 8 MiB parts hold', 80_000 * MiB, {}, 8 * MiB, 4],
    ['of one byte more', 80_000 * MiB + 1, {}, 9 * MiB, 4],
    ['of 120 GiB', 120 * GiB, {}, 13 * MiB, 3],
    ['of 200 GiB', 200 * GiB, {}, 21 * MiB, 2],
    ['of 300 GiB', 300 * GiB, {}, 31 * MiB, 1],
    ['of 5 TiB', 5 * TiB, {}, 525 * MiB, 1],
    ['of the most that S3 takes', MAX_PARTS * MAX_PART_SIZE, {}, 5 * GiB, 1],
    ['of nobody knows how much', null, {}, 64 * MiB, 1],
    ['of 100 GiB in at most 1,000 parts', 100 * GiB, { maxParts: 1000 }, 103 * MiB, 1],
    ['of 1 GiB in at most 1,000 parts', GiB, { maxParts: 1000 }, 8 * MiB, 4],
    ['of 20 MiB in one part', 20 * MiB, { maxParts: 1 }, 20 * MiB, 2],
    ['as told', GiB, { partSize: 16 * MiB, concurrency: 8 }, 16 * MiB, 8],
    ['as told in odd bytes', GiB, { partSize: 5 * MiB + 1 }, 5 * MiB + 1, 4],
    ['of larger parts than told, where those do not hold it', 100 * GiB, { partSize: 5 * MiB }, 11 * MiB, 4],
    ['told only how many at once', GiB, { concurrency: 1 }, 8 * MiB, 1],
    ['told only how large', GiB, { partSize: 32 * MiB }, 32 * MiB, 1],
    ['told the size of parts of an unknown whole', null, { partSize: 5 * MiB }, 5 * MiB, 4],
    ['never below the least that S3 takes', GiB, { partSize: 1 }, MIN_PART_SIZE, 4],
    ['never above the most that S3 takes', GiB, { partSize: 6 * GiB }, MAX_PART_SIZE, 1],
    ['in no more parts than S3 takes', 100_000 * MiB, { maxParts: 100_000 }, 10 * MiB, 4],
  ])('%s', (_, size, chosen, partSize, concurrency) => {
    expect(layoutParts(size, chosen)).toEqual({ partSize, concurrency });
  });

  it.each<[string, number, PartLayoutOptions, number, number]>([
    ['of 1 GiB', GiB, {}, 8 * MiB, 3],
    ['of 200 GiB', 200 * GiB, {}, 21 * MiB, 3],
    ['of 300 GiB', 300 * GiB, {}, 31 * MiB, 2],
    ['as told', GiB, { concurrency: 1 }, 8 * MiB, 1],
  ])('of parts that are held %s', (_, size, chosen, partSize, concurrency) => {
    expect(layoutHeldParts(size, chosen)).toEqual({ partSize, concurrency });
  });

  it('keep every rule of S3, for every size and setting', () => {
    fc.assert(
      fc.property(sizes, options, (size, chosen) => {
        const maxParts = chosen.maxParts ?? MAX_PARTS;
        const layout = layoutOrNone(size, chosen);
        // None only where none is possible.
        expect(layout === undefined).toBe(size > maxParts * MAX_PART_SIZE);
        if (layout === undefined) return;
        expect(layout.partSize).toBeGreaterThanOrEqual(MIN_PART_SIZE);
        expect(layout.partSize).toBeLessThanOrEqual(MAX_PART_SIZE);
        expect(Number.isSafeInteger(layout.partSize)).toBe(true);
        expect(countParts(size, layout.partSize)).toBeLessThanOrEqual(maxParts);
        expect(layout.partSize).toBeGreaterThanOrEqual(chosen.partSize ?? 0);
        expect(layout.concurrency).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });

  it('bound the memory: the budget, or two parts where one takes half of it', () => {
    fc.assert(
      fc.property(fc.oneof(sizes, fc.constant(null)), options, (size, { partSize, maxParts }) => {
        const layout = layoutOrNone(size, { partSize, maxParts });
        if (layout === undefined) return;
        const memory = layout.partSize * (layout.concurrency + 1);
        expect(memory).toBeLessThanOrEqual(Math.max(BUDGET, 2 * layout.partSize));
      }),
      { numRuns: 1000 },
    );
  });

  it('are no larger than they need to be: a mebibyte less would not hold the archive', () => {
    fc.assert(
      fc.property(sizes, options, (size, { maxParts }) => {
        const layout = layoutOrNone(size, { maxParts });
        if (layout === undefined || layout.partSize <= 8 * MiB) return;
        expect(countParts(size, layout.partSize - MiB)).toBeGreaterThan(maxParts ?? MAX_PARTS);
      }),
      { numRuns: 1000 },
    );
  });

  it('are the same every time', () => {
    fc.assert(
      fc.property(fc.oneof(sizes, fc.constant(null)), options, (size, chosen) => {
        expect(layoutOrNone(size, chosen)).toEqual(layoutOrNone(size, { ...chosen }));
      }),
    );
  });

  it('grow with the archive, and the parts at once shrink', () => {
    fc.assert(
      fc.property(sizes, sizes, options, (a, b, chosen) => {
        const smaller = layoutOrNone(Math.min(a, b), chosen);
        const larger = layoutOrNone(Math.max(a, b), chosen);
        if (larger === undefined) return;
        expect(smaller?.partSize).toBeLessThanOrEqual(larger.partSize);
        expect(smaller?.concurrency).toBeGreaterThanOrEqual(larger.concurrency);
      }),
      { numRuns: 1000 },
    );
  });

  it('are refused where nothing holds the archive, with what can be done about it', () => {
    const refusal = (size: number, chosen: PartLayoutOptions): ArchiverError => {
      try {
        layoutParts(size, chosen);
      } catch (error) {
        if (error instanceof ArchiverError) return error;
      }
      throw new Error('it was not refused');
    };
    const fewer = refusal(1000 * MAX_PART_SIZE + 1, { maxParts: 1000 });
    expect(fewer.code).toBe('s3.too_large');
    expect(fewer.message).toContain('1000 parts');
    expect(fewer.hint).toContain('S3_MAX_PARTS');
    // No store has more than 10,000 parts: that the setting could be raised would be false.
    expect(refusal(MAX_PARTS * MAX_PART_SIZE + 1, {}).hint ?? '').not.toContain('S3_MAX_PARTS');
  });
});

describe('the number of parts', () => {
  it.each([
    [0, 1],
    [1, 1],
    [8 * MiB - 1, 1],
    [8 * MiB, 1],
    [8 * MiB + 1, 2],
    [16 * MiB, 2],
  ])('of %i bytes is %i', (size, parts) => {
    expect(countParts(size, 8 * MiB)).toBe(parts);
  });

  it('covers the archive with only the last part short', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: MIN_PART_SIZE, max: MAX_PART_SIZE }), (size, partSize) => {
        const parts = countParts(size, partSize);
        expect(parts * partSize).toBeGreaterThanOrEqual(size);
        expect((parts - 1) * partSize).toBeLessThan(Math.max(size, 1));
      }),
    );
  });
});
