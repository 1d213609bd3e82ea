import { describe, expect, it } from 'vitest';
import { logProgress } from '../../../src/observability/progress/log-progress.ts';
import { percentOf, TransferRate } from '../../../src/observability/progress/transfer-rate.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';

const MIB = 2 ** 20;

describe('progress in the log', () => {
  function setUp() {
    const clock = new FakeClock();
    const { log, events } = memoryLog({ runId: 'r1' });
    return { clock, events, progress: logProgress(log, clock) };
  }

  it('is an event every ten seconds, with what is through, how fast, and how long it will take', async () => {
    const { clock, events, progress } = setUp();
    const meter = progress.begin('shop-db', 100 * MIB);
    for (let second = 1; second <= 20; second += 1) {
      await clock.advance(1000);
      meter.report(second * MIB);
    }
    await clock.advance(9999);
    expect(events).toHaveLength(2);
    expect(events[1]).toEqual({
      level: 'info',
      event: 'archive.progress',
      fields: {
        runId: 'r1',
        database: 'shop-db',
        bytes: 19 * MIB,
        totalBytes: 100 * MIB,
        percent: 19,
        bytesPerSecond: Math.round((19 * MIB) / 20),
        etaSeconds: 86,
      },
      message: '19% of 100.0 MiB done, 972.8 KiB/s, 1m 26s left',
    });
    meter.end();
  });

  it('of a resumed transfer shows what was there as done, and gives the rate of what came since', async () => {
    const { clock, events, progress } = setUp();
    const meter = progress.begin('shop-db', 100 * MIB);
    await clock.advance(1000);
    meter.found(90 * MIB);
    await clock.advance(5000);
    meter.report(90 * MIB + 2 * MIB);
    await clock.advance(4000);
    expect(events[0]?.fields).toMatchObject({
      bytes: 92 * MIB,
      percent: 92,
      bytesPerSecond: Math.round((2 * MIB) / 9),
      etaSeconds: 36,
    });
    meter.end();
  });

  it('ends with the transfer, and leaves nothing that waits', async () => {
    const { clock, events, progress } = setUp();
    const meter = progress.begin('shop-db', 10);
    await clock.advance(9999);
    meter.end();
    meter.end();
    expect(clock.sleeping).toBe(0);
    await clock.advance(60_000);
    expect(events).toHaveLength(0);
  });

  it('is each transfer by itself', async () => {
    const { clock, events, progress } = setUp();
    const first = progress.begin('a', 10);
    await clock.advance(5000);
    const second = progress.begin('b', 10);
    await clock.advance(15_000);
    first.end();
    await clock.advance(5000);
    second.end();
    expect(events.map(({ fields }) => fields.database)).toEqual(['a', 'b', 'a', 'b']);
  });

  it('does not know what cannot be known', async () => {
    const { clock, events, progress } = setUp();
    const meter = progress.begin('shop-db', null);
    await clock.advance(5000);
    meter.report(5 * MIB);
    await clock.advance(5000);
    expect(events[0]?.fields).toMatchObject({
      totalBytes: null,
      percent: null,
      etaSeconds: null,
      bytes: 5 * MIB,
    });
    expect(events[0]?.message).toBe('5.0 MiB done, 512.0 KiB/s');
    meter.end();
  });

  it('counts what was there before as done, and not as speed', async () => {
    const { clock, events, progress } = setUp();
    const meter = progress.begin('shop-db', 100 * MIB);
    meter.found(50 * MIB);
    await clock.advance(9000);
    meter.report(60 * MIB);
    await clock.advance(1000);
    expect(events[0]?.fields).toMatchObject({ percent: 60, bytesPerSecond: MIB, etaSeconds: 40 });
    meter.end();
  });
});

describe('the rate', () => {
  it('is that of the last half minute, and none when nothing comes', () => {
    const rate = new TransferRate(0);
    for (let second = 1; second <= 60; second += 1) rate.report(second * 1000, second * 100);
    for (let second = 61; second <= 90; second += 1) rate.report(second * 1000, 6000 + (second - 60) * 10);
    expect(rate.bytesPerSecond(90_000)).toBe(10);
    expect(rate.bytesPerSecond(200_000)).toBe(0);
    expect(rate.etaSeconds(200_000, 10_000)).toBeNull();
  });

  it('begins anew where the source starts over or the clock is set back', () => {
    const rate = new TransferRate(0);
    rate.report(1000, 1_000_000);
    rate.report(2000, 10);
    expect(rate.bytesPerSecond(3000)).toBe(0);
    rate.report(4000, 210);
    expect(rate.bytesPerSecond(4000)).toBe(100);
    rate.report(-50_000, 300);
    expect(rate.bytesPerSecond(-50_000)).toBe(0);
    expect(rate.bytesPerSecond(-60_000)).toBe(0);
    rate.report(-49_000, 400);
    expect(rate.bytesPerSecond(-49_000)).toBe(100);
  });

  it('costs the same after a million reports as after one', () => {
    const rate = new TransferRate(0);
    const begun = process.threadCpuUsage().user;
    for (let n = 1; n <= 1_000_000; n += 1) rate.report(n, n);
    expect(rate.bytesPerSecond(1_000_000)).toBe(1000);
    expect(process.threadCpuUsage().user - begun).toBeLessThan(2_000_000);
  });

  it.each([
    [0, 10, 0],
    [999, 1000, 99],
    [1000, 1000, 100],
    [1001, 1000, 100],
    [0, 0, 100],
    [5, null, null],
  ])('%s of %s bytes are %s percent', (bytes, total, percent) => {
    expect(percentOf(bytes, total)).toBe(percent);
  });
});
