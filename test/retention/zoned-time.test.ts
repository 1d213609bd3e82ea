import { describe, expect, test } from 'vitest';
import { subtractDuration, zonedTime } from '../../src/retention/zoned-time.ts';

const day = { years: 0, months: 0, days: 1, hours: 0 };

describe('zonedTime', () => {
  test.each([
    ['UTC', '1971-06-01T12:00:00Z', '1971-06-01T12:00:00Z'],
    ['Asia/Kathmandu', '2018-09-02T01:00:00Z', '2018-09-02T06:45:00Z'],
    ['America/St_Johns', '2018-09-02T01:00:00Z', '2018-09-01T22:30:00Z'],
    // The last zone whose offset had seconds: -00:44:30 until 7 January 1972.
    ['Africa/Monrovia', '1971-06-01T12:00:00Z', '1971-06-01T11:15:30Z'],
  ])('the wall in %s at %s', (name, instant, wall) => {
    const zone = zonedTime(name);
    expect(zone.wallTime(Date.parse(instant))).toBe(Date.parse(wall));
    expect(zone.instant(Date.parse(wall))).toBe(Date.parse(instant));
  });

  test('names a zone that is none, what to write, and what Node said', () => {
    expect(() => zonedTime('Mars/Olympus')).toThrow(
      expect.objectContaining({
        code: 'retention.invalid',
        hint: expect.stringContaining('Europe/Paris'),
        cause: expect.any(RangeError),
      }),
    );
  });
});

describe('subtractDuration', () => {
  test('has no instant before the first that a Date can hold', () => {
    const utc = zonedTime('UTC');
    expect(subtractDuration(-8.64e15, day, utc)).toBe(Number.NEGATIVE_INFINITY);
    expect(subtractDuration(0, { ...day, years: 300_000 }, utc)).toBe(Number.NEGATIVE_INFINITY);
    expect(subtractDuration(0, { ...day, years: 200_000 }, utc)).toBeLessThan(-6e15);
  });
});
