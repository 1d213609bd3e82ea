import { describe, expect, test } from 'vitest';
import { settled } from '../support/fake-clock.ts';
import { DAY, HOUR, startSchedule } from './scheduled.ts';

const MINUTE = 60_000;

describe('night after night', () => {
  test('it runs once at each slot', async () => {
    const shop = startSchedule({ start: '2026-06-01T12:00Z' });
    await shop.clock.advance(3 * DAY);
    expect(shop.runs).toEqual([
      '2026-06-02T03:00Z schedule',
      '2026-06-03T03:00Z schedule',
      '2026-06-04T03:00Z schedule',
    ]);
    await shop.stop();
  });

  test('across a change of the clocks, at the same time of day', async () => {
    const shop = startSchedule({
      start: '2026-03-28T12:00Z',
      cron: '30 2 * * *',
      timezone: 'Europe/Paris',
    });
    await shop.clock.advance(2 * DAY);
    expect(shop.runs).toEqual(['2026-03-29T01:00Z schedule', '2026-03-30T00:30Z schedule']);
    await shop.stop();
  });

  test('one that fails changes nothing about the next', async () => {
    const shop = startSchedule({
      start: '2026-06-01T12:00Z',
      work: async () => {
        throw new TypeError('a defect');
      },
    });
    await shop.clock.advance(3 * DAY);
    expect(shop.runs).toHaveLength(3);
    expect(shop.events.filter(({ event }) => event === 'run.failed')).toHaveLength(3);
    await shop.stop();
  });

  test('a pattern that has come to its end ends the schedule, and says so', async () => {
    const slots = { next: () => undefined, latest: () => undefined };
    expect(slots.next()).toBeUndefined();
    const shop = startSchedule({ start: '9999-12-31T23:00Z', cron: '0 0 1 1 *', catchUp: false });
    await settled();
    expect(shop.events.map(({ event }) => event)).toContain('schedule.ended');
  });
});

describe('jitter', () => {
  test('starts a slot later by a share of it, and says when', async () => {
    const shares = [0, 0.25, 0.999];
    const shop = startSchedule({
      start: '2026-06-01T12:00Z',
      jitter: HOUR,
      random: () => shares.shift() ?? 0,
    });
    await settled();
    expect(shop.events.at(-1)).toMatchObject({
      event: 'schedule.next',
      fields: { slot: '2026-06-02T03:00:00.000Z', startsAt: '2026-06-02T03:00:00.000Z' },
    });
    await shop.clock.advance(3 * DAY);
    expect(shop.runs).toEqual([
      '2026-06-02T03:00Z schedule',
      '2026-06-03T03:15Z schedule',
      '2026-06-04T03:59:56.400Z schedule',
    ]);
    await shop.stop();
  });

  test('that is longer than the interval costs no slot', async () => {
    const shop = startSchedule({
      start: '2026-06-01T00:30Z',
      cron: '0 * * * *',
      jitter: DAY,
      random: () => 0.5,
    });
    await shop.clock.advance(4 * HOUR);
    expect(shop.runs.map((run) => run.slice(11))).toEqual([
      '01:30Z schedule',
      '02:30Z schedule',
      '03:30Z schedule',
      '04:30Z schedule',
    ]);
    await shop.stop();
  });
});

describe('at the start', () => {
  test('runOnStart runs at once, and the next slot as ever', async () => {
    const shop = startSchedule({ start: '2026-06-01T12:00Z', runOnStart: true });
    await shop.clock.advance(DAY);
    expect(shop.runs).toEqual(['2026-06-01T12:00Z start', '2026-06-02T03:00Z schedule']);
    await shop.stop();
  });

  test.each([
    [
      'the newest archive is older than the last slot',
      '2026-06-01T02:59:59Z',
      ['2026-06-01T12:00Z catch-up'],
    ],
    ['there is none, but what a run has left', 'begun', ['2026-06-01T12:00Z catch-up']],
    ['there is none at all, so that none was missed', undefined, []],
    ['the newest archive is of the last slot', '2026-06-01T03:00:00Z', []],
  ])('a missed slot is made up for where %s', async (_, archivedAt, expected) => {
    const shop = startSchedule({ start: '2026-06-01T12:00Z', archivedAt: () => archivedAt });
    await shop.clock.advance(HOUR);
    expect(shop.runs).toEqual(expected);
    await shop.clock.advanceTo('2026-06-02T04:00Z');
    expect(shop.runs).toEqual([...expected, '2026-06-02T03:00Z schedule']);
    await shop.stop();
  });

  test('nothing is made up for where that is not wanted', async () => {
    const shop = startSchedule({ start: '2026-06-01T12:00Z', catchUp: false, archivedAt: () => undefined });
    await shop.clock.advance(DAY);
    expect(shop.runs).toEqual(['2026-06-02T03:00Z schedule']);
    await shop.stop();
  });

  test('a bucket that cannot be reached is asked again until it answers', async () => {
    let answer: string | undefined = 'unreachable';
    const shop = startSchedule({ start: '2026-06-01T12:00Z', archivedAt: () => answer });
    await shop.clock.advance(10 * MINUTE);
    expect(shop.runs).toEqual([]);
    expect(shop.events.filter(({ event }) => event === 'schedule.unknown')).toHaveLength(11);
    answer = '2026-05-30T03:01Z';
    await shop.clock.advance(MINUTE);
    expect(shop.runs).toEqual(['2026-06-01T12:11Z catch-up']);
    await shop.stop();
  });

  test('a bucket that stays out of reach costs nothing but the question: the next slot comes', async () => {
    const shop = startSchedule({ start: '2026-06-01T12:00Z', archivedAt: () => 'unreachable' });
    await shop.clock.advance(2 * DAY);
    expect(shop.runs).toEqual(['2026-06-02T03:00Z schedule', '2026-06-03T03:00Z schedule']);
    await shop.stop();
  });
});

describe('a run that is longer than the interval', () => {
  const longRun = (hours: number) => ({
    start: '2026-06-01T00:30Z',
    cron: '0 * * * *',
    work: (clock: { sleep(ms: number, signal: AbortSignal): Promise<void> }, signal: AbortSignal) =>
      clock.sleep(hours * HOUR, signal),
  });

  test('is never joined by another, and the slots that it ran over get one run together', async () => {
    const shop = startSchedule(longRun(2.5));
    await shop.clock.advanceTo('2026-06-01T09:00Z');
    expect(shop.runs).toEqual([
      '2026-06-01T01:00Z schedule',
      '2026-06-01T03:30Z catch-up',
      '2026-06-01T06:00Z schedule',
      '2026-06-01T08:30Z catch-up',
    ]);
    expect(shop.peak()).toBe(1);
    await shop.stop();
  });

  test('without catchUp, goes on with the first slot that it is there for', async () => {
    const shop = startSchedule({ ...longRun(2.5), catchUp: false });
    await shop.clock.advanceTo('2026-06-01T09:00Z');
    expect(shop.runs).toEqual([
      '2026-06-01T01:00Z schedule',
      '2026-06-01T04:00Z schedule',
      // It ended on the dot: this slot is on time, whatever the ones before it were.
      '2026-06-01T07:00Z schedule',
    ]);
    expect(shop.events.filter(({ event }) => event === 'schedule.skipped')).toHaveLength(2);
    await shop.stop();
  });

  test('without catchUp, takes the slot at whose time it ends', async () => {
    const shop = startSchedule({ ...longRun(2), catchUp: false });
    await shop.clock.advanceTo('2026-06-01T05:30Z');
    expect(shop.runs).toEqual([
      '2026-06-01T01:00Z schedule',
      '2026-06-01T03:00Z schedule',
      '2026-06-01T05:00Z schedule',
    ]);
    await shop.stop();
  });
});

describe('a clock that is set', () => {
  test('forward over a slot: the slot is made up for, once', async () => {
    const shop = startSchedule({ start: '2026-06-01T23:00Z' });
    await settled();
    shop.clock.step(6 * HOUR);
    await shop.clock.advance(DAY);
    expect(shop.runs).toEqual(['2026-06-02T05:05Z catch-up', '2026-06-03T03:00Z schedule']);
    await shop.stop();
  });

  test('forward over many slots, as by a machine that slept for days: one run for all', async () => {
    const shop = startSchedule({ start: '2026-06-01T23:00Z' });
    await settled();
    shop.clock.step(9 * DAY + 6 * HOUR);
    await shop.clock.advance(HOUR);
    expect(shop.runs).toEqual(['2026-06-11T05:05Z catch-up']);
    await shop.stop();
  });

  test('forward over a slot, without catchUp: the slot is left out, and that is said', async () => {
    const shop = startSchedule({ start: '2026-06-01T23:00Z', catchUp: false });
    await settled();
    shop.clock.step(6 * HOUR);
    await shop.clock.advance(DAY);
    expect(shop.runs).toEqual(['2026-06-03T03:00Z schedule']);
    expect(shop.events).toContainEqual(
      expect.objectContaining({ event: 'schedule.skipped', fields: { slot: '2026-06-02T03:00:00.000Z' } }),
    );
    await shop.stop();
  });

  test('back over a slot that is done: it is not done twice', async () => {
    const shop = startSchedule({ start: '2026-06-01T23:00Z' });
    await shop.clock.advanceTo('2026-06-02T03:10Z');
    shop.clock.step(-HOUR);
    await shop.clock.advance(DAY + HOUR);
    expect(shop.runs).toEqual(['2026-06-02T03:00Z schedule', '2026-06-03T03:00Z schedule']);
    await shop.stop();
  });

  test('back over a slot while its run is under way', async () => {
    const shop = startSchedule({
      start: '2026-06-01T23:00Z',
      work: (clock, signal) => clock.sleep(20 * MINUTE, signal),
    });
    await shop.clock.advanceTo('2026-06-02T03:10Z');
    shop.clock.step(-HOUR);
    await shop.clock.advance(DAY + HOUR);
    expect(shop.runs).toEqual(['2026-06-02T03:00Z schedule', '2026-06-03T03:00Z schedule']);
    await shop.stop();
  });

  test('back over a slot that was made up for at the start', async () => {
    const shop = startSchedule({ start: '2026-06-02T03:05Z', archivedAt: () => '2026-06-01T03:01Z' });
    await shop.clock.advance(MINUTE);
    shop.clock.step(-HOUR);
    await shop.clock.advance(2 * HOUR);
    expect(shop.runs).toEqual(['2026-06-02T03:05Z catch-up']);
    await shop.stop();
  });

  test('back over a slot that nobody has dealt with: it is done when it comes', async () => {
    const shop = startSchedule({ start: '2026-06-02T03:05Z', catchUp: false });
    await shop.clock.advance(MINUTE);
    shop.clock.step(-HOUR);
    await shop.clock.advance(2 * HOUR);
    expect(shop.runs).toEqual(['2026-06-02T03:00Z schedule']);
    await shop.stop();
  });

  test('back by years, after it had been wrong: the nights go on from the right time', async () => {
    const shop = startSchedule({ start: '2030-06-01T12:00Z' });
    await shop.clock.advance(DAY);
    expect(shop.runs).toEqual(['2030-06-02T03:00Z schedule']);
    shop.clock.step(Date.parse('2026-06-02T12:00Z') - shop.clock.now());
    await shop.clock.advance(2 * DAY);
    expect(shop.runs.slice(1)).toEqual(['2026-06-03T03:00Z schedule', '2026-06-04T03:00Z schedule']);
    expect(shop.events.map(({ event }) => event)).toContain('schedule.clock_set_back');
    await shop.stop();
  });

  test('back and forth by seconds around the slot: once', async () => {
    const shop = startSchedule({ start: '2026-06-02T02:00Z' });
    await shop.clock.advanceTo('2026-06-02T03:00Z');
    for (const ms of [-2000, 3000, -1500, 500]) {
      shop.clock.step(ms);
      await shop.clock.advance(700);
    }
    await shop.clock.advance(6 * HOUR);
    expect(shop.runs).toEqual(['2026-06-02T03:00Z schedule']);
    await shop.stop();
  });
});

describe('the end', () => {
  test('comes at once while it sleeps, with the signal’s reason and no timer left', async () => {
    const shop = startSchedule({ start: '2026-06-01T12:00Z' });
    await settled();
    expect(shop.clock.sleeping).toBe(1);
    expect(await shop.stop()).toMatchObject({ message: 'stopped by the test' });
    expect(shop.clock.sleeping).toBe(0);
  });

  test('is told to the run, and nothing begins after it', async () => {
    const shop = startSchedule({
      start: '2026-06-01T02:59Z',
      work: (clock, signal) => clock.sleep(HOUR, signal),
    });
    await shop.clock.advance(2 * MINUTE);
    expect(await shop.stop()).toMatchObject({ message: 'stopped by the test' });
    await shop.clock.advance(2 * DAY);
    expect(shop.runs).toHaveLength(1);
    expect(shop.events.map(({ event }) => event)).toEqual(['schedule.next']);
  });

  test('is heard while the bucket does not answer', async () => {
    const shop = startSchedule({ start: '2026-06-01T12:00Z', archivedAt: () => 'unreachable' });
    await shop.clock.advance(5 * MINUTE);
    expect(await shop.stop()).toMatchObject({ message: 'stopped by the test' });
    expect(shop.clock.sleeping).toBe(0);
  });
});
