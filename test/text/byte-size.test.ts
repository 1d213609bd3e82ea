import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from '../../src/text/byte-size.ts';

describe('reading a size', () => {
  it.each([
    ['0', 0],
    ['1048576', 1_048_576],
    ['512B', 512],
    ['64MiB', 64 * 2 ** 20],
    ['64 MiB', 64 * 2 ** 20],
    [' 5GiB ', 5 * 2 ** 30],
    ['5 GB', 5e9],
    ['1KB', 1000],
    ['1KiB', 1024],
    ['2TB', 2e12],
    ['2TiB', 2 * 2 ** 40],
    ['1.5KiB', 1536],
    ['0.5GiB', 2 ** 29],
    ['10.0MiB', 10 * 2 ** 20],
    ['007MB', 7e6],
    // Not whole in binary arithmetic, whole in decimal.
    ['64.1KB', 64_100],
    ['2.01GB', 2_010_000_000],
    ['1.07TB', 1_070_000_000_000],
    ['0.000000000001TB', 1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('"%s" is %i bytes', (text, bytes) => {
    expect(parseByteSize(text)).toBe(bytes);
  });

  it.each([
    '',
    ' ',
    'MiB',
    '-1',
    '+1',
    '1e6',
    '0x10',
    '1,5MiB',
    '1_000',
    '.5MiB',
    '5.MiB',
    '1.2.3KB',
    '64mib',
    '64M',
    '64Mi',
    '64 Mi B',
    '64MiB/s',
    '1KiB 1KiB',
    'Infinity',
    'NaN',
    '٣MiB',
    // No whole number of bytes.
    '0.5',
    '0.1KiB',
    '1.0001KB',
    '0.0000000000001TB',
    // More than a number holds exactly.
    '9007199254740992',
    '9007199254740993',
    '8192TiB',
    '9999999999999999999999999999TB',
    '4503599627370496.3',
  ])('"%s" is none', (text) => {
    expect(parseByteSize(text)).toBeUndefined();
  });

  it('is exact for every decimal of every unit', () => {
    const units = fc.constantFrom(['KB', 3], ['MB', 6], ['GB', 9], ['TB', 12]) as fc.Arbitrary<
      [string, number]
    >;
    fc.assert(
      fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), units, (bytes, [unit, power]) => {
        const digits = String(bytes).padStart(power + 1, '0');
        const written = `${digits.slice(0, -power)}.${digits.slice(-power)}${unit}`;
        expect(parseByteSize(written)).toBe(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('writing a size', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [2 ** 20 - 1, '1.0 MiB'],
    [2 ** 20, '1.0 MiB'],
    [2 ** 30 - 1, '1.0 GiB'],
    [17_484_513_608, '16.3 GiB'],
    [2 ** 40 - 1, '1.0 TiB'],
    [5 * 2 ** 40, '5.0 TiB'],
    [2 ** 50, '1024.0 TiB'],
    // A rate is seldom a whole number.
    [0.4, '0 B'],
    [812.75, '813 B'],
    [1023.7, '1.0 KiB'],
  ])('%d is "%s"', (bytes, text) => {
    expect(formatByteSize(bytes)).toBe(text);
  });

  it('never passes 1023.9 of a unit that has a next one, and reads back within its rounding', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(), fc.nat({ max: Number.MAX_SAFE_INTEGER })), (bytes) => {
        const [number = '', unit = ''] = formatByteSize(bytes).split(' ');
        expect(Number(number)).toBeLessThan(unit === 'TiB' ? 8193 : 1024);
        const step = parseByteSize(`1${unit}`) ?? Number.NaN;
        expect(Math.abs(Number(number) * step - bytes)).toBeLessThanOrEqual(step * 0.051);
      }),
      { numRuns: 1000 },
    );
  });
});
