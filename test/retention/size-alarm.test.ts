import { describe, expect, it } from 'vitest';
import { sizeAlarm } from '../../src/retention/size-alarm.ts';

describe('the size of the newest archive', () => {
  it.each<[string, number[], number, object | undefined]>([
    ['half of the median is suspicious', [50, 100, 100, 100], 0.5, { size: 50, median: 100 }],
    ['a byte more is not', [51, 100, 100, 100], 0.5, undefined],
    ['with two before it nothing is usual yet', [1, 100, 100], 0.5, undefined],
    ['the median of an even number is between two', [50, 90, 100, 110, 120], 0.5, { size: 50, median: 105 }],
    [
      'seven before it count, and no more',
      [60, 100, 100, 100, 100, 9, 9, 9, 9, 9, 9],
      0.4,
      { size: 60, median: 100 },
    ],
    ['one that stands out before it does not count', [60, 1_000_000, 70, 65, 66, 62], 0.5, undefined],
    ['a small one is usual once four are', [10, 10, 10, 10, 10, 100, 100, 100], 0.5, undefined],
    ['growth is never suspicious', [1000, 1, 1, 1], 0.01, undefined],
    ['at 100% nothing is', [1, 1000, 1000, 1000], 1, undefined],
    ['there is none', [], 0.5, undefined],
  ])('%s', (_, sizes, drop, expected) => {
    expect(sizeAlarm(sizes, drop)).toEqual(expected);
  });
});
