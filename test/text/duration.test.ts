import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/text/duration.ts';

describe('reading a duration', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['200ms', 200],
    ['90s', 90_000],
    ['15m', 900_000],
    ['12h', 43_200_000],
    ['7d', 604_800_000],
    [' 90 s ', 90_000],
    ['1.5h', 5_400_000],
    ['0.5s', 500],
    // Not whole in binary arithmetic, whole in decimal.
    ['1.001s', 1001],
    ['2.3h', 8_280_000],
    ['0.07d', 6_048_000],
    ['0.29h', 1_044_000],
  ])('"%s" is %i ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '',
    ' ',
    '90',
    '00',
    's',
    '-5s',
    '+5s',
    '1h30m',
    '5S',
    '5M',
    '5 sec',
    '5min',
    '5w',
    '1mo',
    '1y',
    '1e3s',
    '.5s',
    '5.s',
    'PT5S',
    'Infinitys',
    // No whole milliseconds.
    '0.5ms',
    '0.0001s',
    // More than a number holds exactly.
    '104249992d',
    '99999999999999999999999s',
  ])('"%s" is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('is exact for every decimal of a second', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e12 }), (ms) => {
        const digits = String(ms).padStart(4, '0');
        expect(parseDuration(`${digits.slice(0, -3)}.${digits.slice(-3)}s`)).toBe(ms);
      }),
      { numRuns: 500 },
    );
  });
});

describe('writing a duration', () => {
  const SECOND = 1000;
  const HOUR = 3600 * SECOND;
  it.each([
    [0, '0 ms'],
    [0.4, '0 ms'],
    [850, '850 ms'],
    [999, '999 ms'],
    [999.6, '1.0 s'],
    [1000, '1.0 s'],
    [12_400, '12.4 s'],
    [59_949, '59.9 s'],
    [59_950, '1m 0s'],
    [200 * SECOND, '3m 20s'],
    [3599.4 * SECOND, '59m 59s'],
    [3599.5 * SECOND, '1h 0m'],
    [5 * HOUR + 12 * 60 * SECOND, '5h 12m'],
    [24 * HOUR - SECOND, '23h 59m'],
    [24 * HOUR, '1d 0h'],
    [76 * HOUR, '3d 4h'],
    [400 * 24 * HOUR, '400d 0h'],
  ])('%d ms is "%s"', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('keeps every unit below the next one, and is right to half a unit shown, or a whole one from an hour on', () => {
    const factors: Record<string, number> = { ms: 1, s: SECOND, m: 60 * SECOND, h: HOUR, d: 24 * HOUR };
    const limits: Record<string, number> = { ms: 1000, s: 60, m: 60, h: 24, d: Number.POSITIVE_INFINITY };
    const lengths = fc.oneof(
      fc.nat({ max: 90_000 }),
      fc.nat({ max: 1e12 }),
      fc.double({ min: 0, max: 1e5, noNaN: true }),
    );
    fc.assert(
      fc.property(lengths, (ms) => {
        const pieces = [...formatDuration(ms).matchAll(/([\d.]+) ?(ms|[smhd])/g)];
        expect(pieces.length).toBeGreaterThan(0);
        let read = 0;
        for (const [, number, unit = ''] of pieces) {
          expect(Number(number)).toBeLessThan(limits[unit] ?? 0);
          read += Number(number) * (factors[unit] ?? Number.NaN);
        }
        const smallest = factors[pieces.at(-1)?.[2] ?? ''] ?? Number.NaN;
        expect(Math.abs(read - ms)).toBeLessThanOrEqual(smallest + SECOND / 2);
      }),
      { numRuns: 1000 },
    );
  });
});
