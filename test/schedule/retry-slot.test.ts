import { describe, expect, test } from 'vitest';
import type { RunEnd } from '../../src/schedule/scheduled-database.ts';
import { DAY, HOUR, startSchedule } from './scheduled.ts';

const MINUTE = 60_000;
const NIGHT = { start: '2026-06-01T02:00Z', retryAfter: 5 * MINUTE };

/** Runs that end so, one after the other; then all are settled. */
function ends(...list: RunEnd[]) {
  return { work: async () => list.shift() ?? ('settled' as const) };
}

describe('a slot that failed by what may pass', () => {
  test('is tried again after retryAfter, doubling to an hour, with the same since', async () => {
    const shop = startSchedule({ ...NIGHT, ...ends(...Array<RunEnd>(6).fill('may-pass')) });
    await shop.clock.advance(12 * HOUR);
    expect(shop.runs).toEqual([
      '2026-06-01T03:00Z schedule',
      '2026-06-01T03:05Z retry',
      '2026-06-01T03:15Z retry',
      '2026-06-01T03:35Z retry',
      '2026-06-01T04:15Z retry',
      '2026-06-01T05:15Z retry',
      '2026-06-01T06:15Z retry',
    ]);
    expect(new Set(shop.since)).toEqual(new Set(['2026-06-01T03:00Z']));
    const retries = shop.events.filter(({ event }) => event === 'schedule.retry');
    expect(retries).toHaveLength(6);
    expect(retries[1]).toMatchObject({
      level: 'warn',
      fields: {
        slot: '2026-06-01T03:00:00.000Z',
        attempt: 2,
        waitMs: 10 * MINUTE,
        startsAt: '2026-06-01T03:15:00.000Z',
      },
    });
    await shop.stop();
  });

  test('is tried until the next slot comes, which is a slot like any other', async () => {
    const shop = startSchedule({ ...NIGHT, cron: '0 * * * *', work: async () => 'may-pass' });
    await shop.clock.advanceTo('2026-06-01T04:10Z');
    expect(shop.runs).toEqual([
      '2026-06-01T03:00Z schedule',
      '2026-06-01T03:05Z retry',
      '2026-06-01T03:15Z retry',
      '2026-06-01T03:35Z retry',
      '2026-06-01T04:00Z schedule',
      '2026-06-01T04:05Z retry',
    ]);
    await shop.stop();
  });

  test('that was made up for, or was the run at the start, is tried again too', async () => {
    const missed = startSchedule({
      ...NIGHT,
      ...ends('may-pass'),
      start: '2026-06-01T12:00Z',
      archivedAt: () => '2026-05-31T03:01Z',
    });
    await missed.clock.advance(HOUR);
    expect(missed.runs).toEqual(['2026-06-01T12:00Z catch-up', '2026-06-01T12:05Z retry']);
    expect(missed.since).toEqual(['2026-06-01T03:00Z', '2026-06-01T03:00Z']);
    await missed.stop();
    const first = startSchedule({
      ...NIGHT,
      ...ends('may-pass'),
      start: '2026-06-01T12:00Z',
      runOnStart: true,
    });
    await first.clock.advance(HOUR);
    expect(first.runs).toEqual(['2026-06-01T12:00Z start', '2026-06-01T12:05Z retry']);
    expect(first.since).toEqual(['2026-06-01T12:00Z', '2026-06-01T12:00Z']);
    await first.stop();
  });

  test('is not where retryAfter is 0', async () => {
    const shop = startSchedule({ ...NIGHT, retryAfter: 0, work: async () => 'may-pass' });
    await shop.clock.advance(2 * DAY);
    expect(shop.runs).toEqual(['2026-06-01T03:00Z schedule', '2026-06-02T03:00Z schedule']);
    await shop.stop();
  });

  test('is not where it failed by what does not pass, or by a defect', async () => {
    let defect = false;
    const shop = startSchedule({
      ...NIGHT,
      work: async () => {
        if (defect) throw new TypeError('a defect');
        defect = true;
        return 'settled';
      },
    });
    await shop.clock.advance(2 * DAY);
    expect(shop.runs).toEqual(['2026-06-01T03:00Z schedule', '2026-06-02T03:00Z schedule']);
    await shop.stop();
  });

  test('waits no longer where the clock is set back, and gives way to a slot that a step forward reaches', async () => {
    const back = startSchedule({ ...NIGHT, ...ends('may-pass') });
    await back.clock.advanceTo('2026-06-01T03:02Z');
    back.clock.step(-30 * MINUTE);
    await back.clock.advance(HOUR);
    expect(back.runs).toEqual(['2026-06-01T03:00Z schedule', '2026-06-01T02:35Z retry']);
    await back.stop();
    const forward = startSchedule({ ...NIGHT, ...ends('may-pass') });
    await forward.clock.advanceTo('2026-06-01T03:02Z');
    forward.clock.step(DAY);
    await forward.clock.advance(HOUR);
    expect(forward.runs).toEqual(['2026-06-01T03:00Z schedule', '2026-06-02T03:05Z schedule']);
    await forward.stop();
  });

  test('is given up at once by a stop', async () => {
    const shop = startSchedule({ ...NIGHT, work: async () => 'may-pass' });
    await shop.clock.advanceTo('2026-06-01T03:02Z');
    expect(await shop.stop()).toMatchObject({ message: 'stopped by the test' });
    expect(shop.clock.sleeping).toBe(0);
    expect(shop.runs).toHaveLength(1);
  });
});

test('a run takes for done what was archived since its slot, but not by the run that went on past it', async () => {
  const shop = startSchedule({
    start: '2026-06-01T00:30Z',
    cron: '0 * * * *',
    work: async (clock, signal) => {
      await clock.sleep(2.5 * HOUR, signal);
      return 'archived';
    },
  });
  await shop.clock.advanceTo('2026-06-01T07:00Z');
  expect(shop.runs).toEqual([
    '2026-06-01T01:00Z schedule',
    '2026-06-01T03:30Z catch-up',
    '2026-06-01T06:00Z schedule',
  ]);
  expect(shop.since).toEqual(['2026-06-01T01:00Z', '2026-06-01T03:30Z', '2026-06-01T06:00Z']);
  await shop.stop();
});

test('a run that archived nothing, and ends past the next slot, hides no archive of another process from it', async () => {
  const shop = startSchedule({
    start: '2026-06-01T00:30Z',
    cron: '0 * * * *',
    // It waits for the lease of the other, which has archived both slots by then.
    work: async (clock, signal) => {
      await clock.sleep(1.5 * HOUR, signal);
      return 'settled';
    },
  });
  await shop.clock.advanceTo('2026-06-01T03:00Z');
  expect(shop.runs).toEqual(['2026-06-01T01:00Z schedule', '2026-06-01T02:30Z catch-up']);
  expect(shop.since).toEqual(['2026-06-01T01:00Z', '2026-06-01T02:00Z']);
  await shop.stop();
});
