import { expect, it } from 'vitest';
import { reporterOf } from '../../src/check/finding.ts';
import { judgeClock } from '../../src/check/judge-clock.ts';

const MINUTE = 60_000;
const report = reporterOf('store', 'store');

it.each([
  [0, true, 'ok', 'agree'],
  [MINUTE, true, 'ok', 'agree'],
  [-MINUTE, false, 'ok', 'agree'],
  [1.2 * MINUTE, true, 'warn', 'clock is a minute behind'],
  [-10 * MINUTE, true, 'warn', 'clock is 10 minutes ahead'],
  [-11 * MINUTE, true, 'fail', 'clock is 11 minutes ahead'],
  [11 * MINUTE, false, 'warn', 'clock is 11 minutes behind'],
  [5 * 60 * MINUTE, true, 'fail', 'clock is 5 hours behind'],
  [-400 * 24 * 60 * MINUTE, true, 'fail', 'clock is 400 days ahead'],
])('an offset of %d ms is judged (signed: %s): %s', (offset, signs, level, says) => {
  expect(judgeClock(report, offset, { signs })).toMatchObject([
    { id: 'store.clock', level, says: expect.stringContaining(says) },
  ]);
});

it('says nothing where no response has told', () => {
  expect(judgeClock(report, undefined, { signs: true })).toEqual([]);
});
