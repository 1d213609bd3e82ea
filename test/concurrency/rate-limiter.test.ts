import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createLimiter, type Limiter } from '../../src/concurrency/rate-limiter.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** Asks `count` times at once and notes after how many milliseconds each passed. */
function rush(limiter: Limiter, clock: FakeClock, count: number, signal = new AbortController().signal) {
  const start = clock.now();
  const passed: number[] = [];
  for (let index = 0; index < count; index += 1) {
    void limiter.acquire(signal).then(
      () => passed.push(clock.now() - start),
      () => {},
    );
  }
  return passed;
}

describe('the limiter', () => {
  it('lets a small burst through, then one a second', async () => {
    const clock = new FakeClock();
    const passed = rush(createLimiter({ clock, burst: 3 }), clock, 6);
    await clock.advance(0);
    expect(passed).toEqual([0, 0, 0]);
    await clock.advance(10_000);
    expect(passed).toEqual([0, 0, 0, 1000, 2000, 3000]);
  });

  it('keeps to 60 a minute on average, whatever is asked', async () => {
    const clock = new FakeClock();
    const passed = rush(createLimiter({ clock }), clock, 500);
    await clock.advance(5 * 60_000);
    expect(passed.length).toBe(10 + 300);
  });

  it('fills up again while nothing is asked, and no further than the burst', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock, burst: 3 });
    rush(limiter, clock, 3);
    await clock.advance(3_600_000);
    const passed = rush(limiter, clock, 5);
    await clock.advance(0);
    expect(passed).toEqual([0, 0, 0]);
  });

  it('passes a turn on when its owner leaves, and keeps the order', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock, burst: 1 });
    const order: string[] = [];
    const leaver = new AbortController();
    await limiter.acquire(leaver.signal);
    const left = expect(limiter.acquire(leaver.signal)).rejects.toThrow('gone');
    const leftToo = expect(limiter.acquire(leaver.signal)).rejects.toThrow('gone');
    const calm = new AbortController().signal;
    void limiter.acquire(calm).then(() => order.push('first'));
    void limiter.acquire(calm).then(() => order.push('second'));
    leaver.abort(new Error('gone'));
    await Promise.all([left, leftToo]);
    await clock.advance(1000);
    expect(order).toEqual(['first']);
    await clock.advance(1000);
    expect(order).toEqual(['first', 'second']);
    expect(clock.sleeping).toBe(0);
  });

  it('does not let the second overtake when one in the middle leaves', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock, burst: 1 });
    const calm = new AbortController().signal;
    const leaver = new AbortController();
    const order: string[] = [];
    await limiter.acquire(calm);
    void limiter.acquire(calm).then(() => order.push('first'));
    const left = expect(limiter.acquire(leaver.signal)).rejects.toThrow('gone');
    void limiter.acquire(calm).then(() => order.push('third'));
    leaver.abort(new Error('gone'));
    await left;
    await clock.advance(999);
    expect(order).toEqual([]);
    await clock.advance(1);
    expect(order).toEqual(['first']);
    await clock.advance(1000);
    expect(order).toEqual(['first', 'third']);
  });

  it('stops everybody for a pause, and then lets no burst through', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock, burst: 5 });
    limiter.pause(30_000);
    const passed = rush(limiter, clock, 3);
    await clock.advance(29_999);
    expect(passed).toEqual([]);
    await clock.advance(10_000);
    expect(passed).toEqual([30_000, 31_000, 32_000]);
  });

  it('does not shorten a pause by a shorter one', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock });
    limiter.pause(30_000);
    limiter.pause(1000);
    const passed = rush(limiter, clock, 1);
    await clock.advance(29_999);
    expect(passed).toEqual([]);
    await clock.advance(1);
    expect(passed).toEqual([30_000]);
  });

  it('waits no longer because the clock was set back by a year', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock, burst: 1 });
    await limiter.acquire(new AbortController().signal);
    limiter.pause(5000);
    clock.set(clock.now() - 365 * 86_400_000);
    const passed = rush(limiter, clock, 1);
    await clock.advance(2000);
    expect(passed.length).toBe(1);
  });

  it('refuses at once with a signal that is aborted already, and takes no turn', async () => {
    const clock = new FakeClock();
    const limiter = createLimiter({ clock, burst: 1 });
    await expect(limiter.acquire(AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
    const passed = rush(limiter, clock, 1);
    await clock.advance(0);
    expect(passed).toEqual([0]);
  });

  it('leaves no listener on a signal that lives on', async () => {
    const clock = new FakeClock({ auto: true });
    const limiter = createLimiter({ clock, burst: 2 });
    const { signal } = new AbortController();
    for (let index = 0; index < 20; index += 1) await limiter.acquire(signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
