import { describe, expect, test } from 'vitest';
import { type CalendarDuration, parseCalendarDuration } from '../../src/retention/calendar-duration.ts';
import { subtractDuration, zonedTime } from '../../src/retention/zoned-time.ts';

const NONE: CalendarDuration = { years: 0, months: 0, days: 0, hours: 0 };

describe('parseCalendarDuration', () => {
  test.each([
    ['90d', { ...NONE, days: 90 }],
    ['18mo', { ...NONE, months: 18 }],
    ['2y', { ...NONE, years: 2 }],
    ['36h', { ...NONE, hours: 36 }],
    ['1y6mo', { ...NONE, years: 1, months: 6 }],
    ['1y6mo3d12h', { years: 1, months: 6, days: 3, hours: 12 }],
    ['12h3d', { ...NONE, days: 3, hours: 12 }],
    [' 90d ', { ...NONE, days: 90 }],
    ['0d', NONE],
    ['0', NONE],
  ])('reads %j', (text, duration) => {
    expect(parseCalendarDuration(text)).toEqual(duration);
  });

  test.each([
    '',
    '90',
    'd',
    '6m',
    '2w',
    '1.5y',
    '-1d',
    '1d1d',
    '1d 2h',
    '90D',
    '1y6',
    '99999999999999999999d',
  ])('refuses %j', (text) => {
    expect(parseCalendarDuration(text)).toBeUndefined();
  });
});

describe('subtractDuration', () => {
  test.each([
    ['a month before 31 March', '2019-03-31T12:00Z', { months: 1 }, 'UTC', '2019-03-03T12:00Z'],
    ['a month before 31 March 2020', '2020-03-31T12:00Z', { months: 1 }, 'UTC', '2020-03-02T12:00Z'],
    ['a year before 29 February', '2020-02-29T12:00Z', { years: 1 }, 'UTC', '2019-03-01T12:00Z'],
    ['months across new year', '2018-02-10T00:00Z', { months: 14 }, 'UTC', '2016-12-10T00:00Z'],
    ['days keep the time of day', '2018-03-26T10:00Z', { days: 2 }, 'Europe/Paris', '2018-03-24T11:00Z'],
    ['hours do not', '2018-03-26T10:00Z', { hours: 48 }, 'Europe/Paris', '2018-03-24T10:00Z'],
    ['to a time that was skipped', '2018-03-26T00:30Z', { days: 1 }, 'Europe/Paris', '2018-03-25T01:30Z'],
    ['to a time that came twice', '2018-10-29T01:30Z', { days: 1 }, 'Europe/Paris', '2018-10-28T01:30Z'],
    ['the first of two times stays', '2018-10-28T00:30Z', { hours: 1 }, 'Europe/Paris', '2018-10-27T23:30Z'],
    [
      'to a day that was skipped, read as the next',
      '2011-12-30T22:00Z',
      { days: 1 },
      'Pacific/Apia',
      '2011-12-30T22:00Z',
    ],
  ])('%s', (_, from, duration, name, to) => {
    const start = subtractDuration(Date.parse(from), { ...NONE, ...duration }, zonedTime(name));
    expect(new Date(start).toISOString()).toBe(new Date(to).toISOString());
  });

  test('before all time', () => {
    const zone = zonedTime('UTC');
    expect(subtractDuration(0, { ...NONE, years: 300_000 }, zone)).toBe(Number.NEGATIVE_INFINITY);
    expect(subtractDuration(0, { ...NONE, days: Number.MAX_SAFE_INTEGER }, zone)).toBe(
      Number.NEGATIVE_INFINITY,
    );
  });
});
