import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc64Nvme, combineCrc64Nvme, encodeCrc64Nvme } from '../../src/integrity/crc64-nvme.ts';

function crcOf(...pieces: Uint8Array[]): bigint {
  const crc = new Crc64Nvme();
  for (const piece of pieces) crc.update(piece);
  return crc.value;
}

/** Bit by bit, as the catalogue defines it: nothing of the tables. */
function plainCrc(bytes: Uint8Array): bigint {
  let crc = 2n ** 64n - 1n;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  }
  return crc ^ (2n ** 64n - 1n);
}

const words = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const lengths = fc
  .tuple(fc.integer({ min: 0, max: 46 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([power, share]) => Math.floor(2 ** power * (1 + share)));

describe('CRC64NVME', () => {
  it.each([
    // The check value of the CRC catalogue (reveng, CRC-64/NVME).
    ['123456789', 0xae8b14860a799888n, 'rosUhgp5mIg='],
    ['', 0n, 'AAAAAAAAAAA='],
  ])('of "%s" is the known one', (text, crc, encoded) => {
    expect(crcOf(Buffer.from(text))).toBe(crc);
    expect(encodeCrc64Nvme(crc)).toBe(encoded);
  });

  it.each([
    // NVM Command Set Specification 1.0d, §5.2.1.3.5.
    ['zeros', Buffer.alloc(4096), 0x6482d367eb22b64en],
    ['ones', Buffer.alloc(4096, 0xff), 0xc0ddba7302eca3acn],
    ['counting up', Buffer.from(Uint8Array.from({ length: 4096 }, (_, i) => i % 256)), 0x3e729f5f6750449cn],
  ])('of 4 KiB of %s is that of the NVM Express specification', (_, bytes, crc) => {
    expect(crcOf(bytes)).toBe(crc);
  });

  it('is what its definition gives, however the bytes come', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (pieces) => {
        expect(crcOf(...pieces)).toBe(plainCrc(Buffer.concat(pieces)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('combining CRC64NVMEs', () => {
  it('gives that of the whole, wherever it is cut in two', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(), (bytes, where) => {
        const cut = where % (bytes.length + 1);
        const [a, b] = [bytes.subarray(0, cut), bytes.subarray(cut)];
        expect(combineCrc64Nvme(crcOf(a), crcOf(b), b.length)).toBe(crcOf(bytes));
      }),
      { numRuns: 500 },
    );
  });

  it('changes nothing for an empty end, and gives the end for an empty beginning', () => {
    fc.assert(
      fc.property(words, words, lengths, (a, b, length) => {
        expect(combineCrc64Nvme(a, 0n, 0)).toBe(a);
        expect(combineCrc64Nvme(0n, b, length)).toBe(b);
      }),
    );
  });

  it('does not care in which order three pieces are put together, however long they are', () => {
    fc.assert(
      fc.property(words, words, words, lengths, lengths, (a, b, c, lengthB, lengthC) => {
        const leftFirst = combineCrc64Nvme(combineCrc64Nvme(a, b, lengthB), c, lengthC);
        const rightFirst = combineCrc64Nvme(a, combineCrc64Nvme(b, c, lengthC), lengthB + lengthC);
        expect(leftFirst).toBe(rightFirst);
      }),
      { numRuns: 300 },
    );
  });

  it('is linear in both', () => {
    fc.assert(
      fc.property(words, words, words, words, lengths, (a, b, x, y, length) => {
        const both = combineCrc64Nvme(a ^ x, b ^ y, length);
        expect(both).toBe(combineCrc64Nvme(a, b, length) ^ combineCrc64Nvme(x, y, length));
      }),
    );
  });

  it('counts the length beyond 2^32: as many zeros by doubling as by one length', () => {
    const zeros = (length: number): bigint => {
      let whole = 0n;
      let block = crcOf(Buffer.alloc(1));
      for (let size = 1, rest = length; rest > 0; rest = Math.floor(rest / 2)) {
        if (rest % 2 === 1) whole = combineCrc64Nvme(whole, block, size);
        block = combineCrc64Nvme(block, block, size);
        size *= 2;
      }
      return whole;
    };
    expect(zeros(100_000)).toBe(crcOf(Buffer.alloc(100_000)));
    const first = zeros(3 * 2 ** 30);
    const second = zeros(2 * 2 ** 30 + 1);
    expect(combineCrc64Nvme(first, second, 2 * 2 ** 30 + 1)).toBe(zeros(5 * 2 ** 30 + 1));
  });
});
