import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineCrc32, crc32, encodeCrc32 } from '../../src/integrity/crc32.ts';

const MiB = 2 ** 20;
const words = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const someBytes = fc.uint8Array({ maxLength: 3000 });

/** Lengths of many magnitudes, up to what Scalingo or S3 could ever hold. */
const lengths = fc
  .tuple(fc.integer({ min: 0, max: 46 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([power, share]) => Math.floor(2 ** power * (1 + share)));

describe('combining CRC32s', () => {
  it('gives the CRC32 of the whole, wherever it is cut in two', () => {
    fc.assert(
      fc.property(someBytes, fc.nat(), (bytes, where) => {
        const cut = where % (bytes.length + 1);
        const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
        expect(combineCrc32(zlibCrc32(a), zlibCrc32(b), b.length)).toBe(zlibCrc32(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  it('gives it for pieces of a megabyte too', () => {
    const bytes = Buffer.alloc(3 * MiB + 17, 'every byte counts. ');
    for (const cut of [1, MiB - 1, MiB, 2 * MiB + 1, bytes.length - 1]) {
      const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(combineCrc32(zlibCrc32(a), zlibCrc32(b), b.length)).toBe(zlibCrc32(bytes));
    }
  });

  it('changes nothing for an empty end, and gives the end for an empty beginning', () => {
    fc.assert(
      fc.property(words, words, lengths, (a, b, length) => {
        expect(combineCrc32(a, 0, 0)).toBe(a);
        expect(combineCrc32(0, b, length)).toBe(b);
      }),
    );
  });

  it('counts the length beyond 2^32: 5 GiB of zeros and one more', () => {
    // Computed with Python's zlib.crc32 over that many bytes.
    const zeros = (length: number): number => {
      let whole = 0;
      let block = zlibCrc32(Buffer.alloc(1));
      for (let size = 1, rest = length; rest > 0; rest = Math.floor(rest / 2)) {
        if (rest % 2 === 1) whole = combineCrc32(whole, block, size);
        block = combineCrc32(block, block, size);
        size *= 2;
      }
      return whole;
    };
    expect(zeros(100_000)).toBe(zlibCrc32(Buffer.alloc(100_000)));
    expect(zeros(5 * 2 ** 30 + 1)).toBe(0xd07644bf);
  });

  it('does not care in which order three pieces are put together, however long they are', () => {
    fc.assert(
      fc.property(words, words, words, lengths, lengths, (a, b, c, lengthB, lengthC) => {
        const leftFirst = combineCrc32(combineCrc32(a, b, lengthB), c, lengthC);
        const rightFirst = combineCrc32(a, combineCrc32(b, c, lengthC), lengthB + lengthC);
        expect(leftFirst).toBe(rightFirst);
      }),
      { numRuns: 500 },
    );
  });

  it('comes round after 2^32 - 1 bytes, the order of a primitive polynomial, and not before', () => {
    const round = 2 ** 32 - 1;
    fc.assert(
      fc.property(
        words,
        words,
        fc.nat({ max: 1e6 }),
        fc.integer({ min: 1, max: 5000 }),
        (a, b, length, rounds) => {
          expect(combineCrc32(a, b, length + rounds * round)).toBe(combineCrc32(a, b, length));
        },
      ),
      { numRuns: 300 },
    );
    // The order divides 2^32 - 1 = 3 · 5 · 17 · 257 · 65537; it is no smaller divisor.
    for (const prime of [3, 5, 17, 257, 65_537]) expect(combineCrc32(1, 0, round / prime)).not.toBe(1);
  });

  it('is linear in both CRC32s, and gives an unsigned number', () => {
    fc.assert(
      fc.property(words, words, words, words, lengths, (a, b, x, y, length) => {
        const both = combineCrc32((a ^ x) >>> 0, (b ^ y) >>> 0, length);
        expect(both).toBe((combineCrc32(a, b, length) ^ combineCrc32(x, y, length)) >>> 0);
        expect(both).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('the CRC32', () => {
  it.each([
    ['', 0x00000000, 'AAAAAA=='],
    // The check value of the CRC catalogue (reveng, CRC-32/ISO-HDLC).
    ['123456789', 0xcbf43926, 'y/Q5Jg=='],
    ['a', 0xe8b7be43, '6Le+Qw=='],
  ])('of "%s" is the known one', (text, crc, encoded) => {
    expect(crc32(text)).toBe(crc);
    expect(encodeCrc32(crc)).toBe(encoded);
  });
});
