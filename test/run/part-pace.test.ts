import { describe, expect, test } from 'vitest';
import { PartPace } from '../../src/run/transfer/part-pace.ts';
import { FakeClock } from '../support/fake-clock.ts';

const SECOND = 1000;

/** A copy of so many parts, of which these take so many seconds, one after the other. */
async function copyOf(parts: number, seconds: readonly number[]) {
  const clock = new FakeClock({ auto: true });
  const pace = new PartPace(parts);
  for (const [index, taken] of seconds.entries()) {
    pace.begin(index + 1, clock.now());
    await clock.sleep(taken * SECOND);
    pace.end(index + 1, clock.now(), true);
  }
  const begin = (number: number) => pace.begin(number, clock.now());
  /** @returns the numbers of the parts that are stuck so many seconds later */
  const later = async (waited: number) => {
    await clock.sleep(waited * SECOND);
    return pace.stuck(clock.now()).map(({ number }) => number);
  };
  return { clock, pace, begin, later };
}

describe('a part is stuck', () => {
  test('once it takes four times the median of those that are stored', async () => {
    const { pace, begin, clock, later } = await copyOf(128, [9, 3, 5, 4, 60]);
    begin(6);
    expect(await later(19.9)).toEqual([]);
    await clock.sleep(100);
    expect(pace.stuck(clock.now())).toEqual([
      { number: 6, waitedMs: 20_000, medianMs: 5000, attempt: 1, maxAttempts: 2 },
    ]);
  });

  test('and no other that was begun later', async () => {
    const { begin, later } = await copyOf(128, [5, 5, 5, 5, 5]);
    begin(6);
    expect(await later(10)).toEqual([]);
    begin(7);
    expect(await later(10)).toEqual([6]);
    expect(await later(9)).toEqual([]);
    expect(await later(1)).toEqual([7]);
  });

  test('not before ten seconds, however fast the others were', async () => {
    const { begin, later } = await copyOf(128, [0.1, 0.1, 0.1, 0.1, 0.1]);
    begin(6);
    expect(await later(9.9)).toEqual([]);
    expect(await later(0.1)).toEqual([6]);
  });

  test('also where it was begun before any other was stored', async () => {
    const clock = new FakeClock({ auto: true });
    const pace = new PartPace(128);
    for (const number of [1, 2, 3, 4, 5, 6]) pace.begin(number, clock.now());
    await clock.sleep(5 * SECOND);
    for (const number of [2, 3, 4, 5]) pace.end(number, clock.now(), true);
    await clock.sleep(60 * SECOND);
    expect(pace.stuck(clock.now())).toEqual([]);
    pace.begin(7, clock.now());
    await clock.sleep(5 * SECOND);
    pace.end(7, clock.now(), true);
    expect(pace.stuck(clock.now()).map(({ number }) => number)).toEqual([1, 6]);
  });

  test('by the times of parts that were stored, not of those that failed', async () => {
    const { pace, clock, begin, later } = await copyOf(128, [5, 5, 5, 5, 5]);
    for (const number of [6, 7, 8, 9, 10, 11]) {
      begin(number);
      pace.end(number, clock.now(), false);
    }
    begin(12);
    expect(await later(19)).toEqual([]);
    expect(await later(1)).toEqual([12]);
  });
});

describe('what is given up is bounded', () => {
  test('for one part: twice, the second time after twice as long', async () => {
    const { begin, later } = await copyOf(128, [5, 5, 5, 5, 5]);
    begin(6);
    expect(await later(20)).toEqual([6]);
    expect(await later(1000)).toEqual([]);
    begin(6);
    expect(await later(39)).toEqual([]);
    expect(await later(1)).toEqual([6]);
    begin(6);
    expect(await later(10_000)).toEqual([]);
  });

  test.each([
    [10, 3],
    [128, 6],
    [1000, 50],
  ])('of %i parts: %i', async (parts, most) => {
    const { begin, later } = await copyOf(parts, [5, 5, 5, 5, 5]);
    for (let number = 6; number < 106; number++) begin(number);
    expect(await later(20)).toHaveLength(most);
    expect(await later(1000)).toEqual([]);
  });

  test('a line that has become slow as a whole is taken as it is', async () => {
    const { begin, later } = await copyOf(1000, [5, 5, 5, 5, 5, 40, 40, 40, 40, 40, 40]);
    begin(12);
    expect(await later(159)).toEqual([]);
  });
});
