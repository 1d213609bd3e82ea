import { describe, expect, test } from 'vitest';
import { Slots } from '../../src/schedule/slots.ts';
import { slotsByTheMinute } from './minute-walk.ts';

/** The slots after a time, as the schedule goes from one to the next. */
function slotsAfter(pattern: string, zone: string, from: string, count: number): string[] {
  const slots = new Slots(pattern, zone);
  const found: string[] = [];
  let time = Date.parse(from);
  while (found.length < count) {
    time = slots.next(time) ?? Number.NaN;
    found.push(new Date(time).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('a time of day where the clocks change', () => {
  test.each([
    [
      'is skipped, and fires at the instant of the change',
      '30 2 * * *',
      ['2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:30Z'],
    ],
    [
      'is skipped with another, and both fire as one',
      '0,30 2 * * *',
      ['2026-03-28T01:00Z', '2026-03-28T01:30Z', '2026-03-29T01:00Z', '2026-03-30T00:00Z'],
    ],
    [
      'is skipped next to one that is not',
      '0 2,14 * * *',
      ['2026-03-28T13:00Z', '2026-03-29T01:00Z', '2026-03-29T12:00Z', '2026-03-30T00:00Z'],
    ],
    [
      'is skipped beside the time it moves to: one slot',
      '0 2,3 * * *',
      ['2026-03-28T02:00Z', '2026-03-29T01:00Z', '2026-03-30T00:00Z'],
    ],
  ])('%s', (_, pattern, expected) => {
    const from = new Date(Date.parse(expected[0] ?? '') - 60_000).toISOString();
    expect(slotsAfter(pattern, 'Europe/Paris', from, expected.length)).toEqual(expected);
  });

  test.each([
    ['occurs twice', '30 2 * * *', ['2026-10-24T00:30Z', '2026-10-25T00:30Z', '2026-10-26T01:30Z']],
    [
      'occurs twice with another',
      '0,30 2 * * *',
      ['2026-10-24T00:30Z', '2026-10-25T00:00Z', '2026-10-25T00:30Z', '2026-10-26T01:00Z'],
    ],
    [
      'stands every quarter of the doubled hour',
      '*/15 2 * * *',
      [
        '2026-10-25T00:00Z',
        '2026-10-25T00:15Z',
        '2026-10-25T00:30Z',
        '2026-10-25T00:45Z',
        '2026-10-26T01:00Z',
      ],
    ],
  ])('%s, and fires the first time', (_, pattern, expected) => {
    const from = new Date(Date.parse(expected[0] ?? '') - 60_000).toISOString();
    expect(slotsAfter(pattern, 'Europe/Paris', from, expected.length)).toEqual(expected);
  });

  test("in the second pass of a doubled hour its slot is behind, and the next is tomorrow's", () => {
    const slots = new Slots('30 2 * * *', 'Europe/Paris');
    for (const time of ['2026-10-25T00:30:00.001Z', '2026-10-25T01:29Z', '2026-10-25T01:30Z']) {
      expect(slots.next(Date.parse(time))).toBe(Date.parse('2026-10-26T01:30Z'));
      expect(slots.latest(Date.parse(time))).toBe(Date.parse('2026-10-25T00:30Z'));
    }
  });
});

test('a pattern of every hour fires in every hour that passes, also in the doubled one', () => {
  expect(slotsAfter('0 * * * *', 'Europe/Paris', '2026-10-24T23:59Z', 4)).toEqual([
    '2026-10-25T00:00Z',
    '2026-10-25T01:00Z',
    '2026-10-25T02:00Z',
    '2026-10-25T03:00Z',
  ]);
  expect(slotsAfter('30 * * * *', 'Europe/Paris', '2026-03-29T00:00Z', 3)).toEqual([
    '2026-03-29T00:30Z',
    '2026-03-29T01:30Z',
    '2026-03-29T02:30Z',
  ]);
});

test.each([
  ['UTC', '2026-01-31T03:00Z'],
  ['Asia/Kathmandu', '2026-01-30T21:15Z'],
  ['America/St_Johns', '2026-01-31T06:30Z'],
  ['Pacific/Kiritimati', '2026-01-31T13:00Z'],
])('three in the morning of %s', (zone, expected) => {
  const dayBefore = new Date(Date.parse(expected) - 86_400_000).toISOString();
  expect(slotsAfter('0 3 * * *', zone, dayBefore, 1)).toEqual([expected]);
});

test('29 February comes every four years, and not in 2100', () => {
  expect(slotsAfter('0 3 29 2 *', 'UTC', '2092-02-01T00:00Z', 3)).toEqual([
    '2092-02-29T03:00Z',
    '2096-02-29T03:00Z',
    '2104-02-29T03:00Z',
  ]);
});

test('six fields begin with the second', () => {
  expect(slotsAfter('*/20 59 2 * * *', 'Europe/Paris', '2026-06-01T00:00Z', 4)).toEqual([
    '2026-06-01T00:59Z',
    '2026-06-01T00:59:20.000Z',
    '2026-06-01T00:59:40.000Z',
    '2026-06-02T00:59Z',
  ]);
});

test('next is strictly after, latest is at or before, to the millisecond', () => {
  const slots = new Slots('0 3 * * *', 'UTC');
  const three = Date.parse('2026-06-01T03:00Z');
  const day = 86_400_000;
  expect([three - 1, three, three + 1].map((time) => slots.next(time))).toEqual([
    three,
    three + day,
    three + day,
  ]);
  expect([three - 1, three, three + 1].map((time) => slots.latest(time))).toEqual([
    three - day,
    three,
    three,
  ]);
});

/** Around every kind of clock change that there has been. */
const CHANGES = [
  ['Europe/Paris', '2026-03-28T20:00Z', 12],
  ['Europe/Paris', '2026-10-24T20:00Z', 12],
  ['America/New_York', '2026-03-08T03:00Z', 12],
  ['Australia/Lord_Howe', '2026-04-04T10:00Z', 12],
  ['Australia/Lord_Howe', '2026-10-03T10:00Z', 12],
  ['America/St_Johns', '2010-11-06T22:00Z', 14],
  ['America/Sao_Paulo', '2018-11-03T22:00Z', 14],
  ['Africa/Casablanca', '2026-02-15T00:00Z', 12],
  ['Pacific/Apia', '2011-12-29T00:00Z', 60],
] as const;
const PATTERNS = [
  '30 2 * * *',
  '*/15 2,3 * * *',
  '*/7 */2 * * *',
  '0 0,23 * * *',
  '45 1 * * *',
  '*/10 0-1 * * *',
  '30 12 30 12 *',
  '0 * * * *',
  '*/20 0-23 * * *',
];

test.each(CHANGES)('%s around %s: as a walk through every minute says', (zone, from, hours) => {
  const begin = Date.parse(from);
  const end = begin + hours * 3_600_000;
  for (const pattern of PATTERNS) {
    const slots = new Slots(pattern, zone);
    const found: number[] = [];
    for (let time = slots.next(begin - 1); time !== undefined && time <= end; time = slots.next(time)) {
      found.push(time);
    }
    const expected = slotsByTheMinute(pattern, zone, begin, end);
    expect(found.map(iso), `${pattern} in ${zone}`).toEqual(expected.map(iso));
    for (const [index, slot] of found.entries()) {
      const beforeNext = (found[index + 1] ?? slot + 1) - 1;
      expect([slots.latest(slot), slots.latest(beforeNext)], pattern).toEqual([slot, slot]);
    }
  }
});

function iso(time: number): string {
  return new Date(time).toISOString();
}
