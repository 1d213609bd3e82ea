import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/process/system-clock.ts';

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('wakes after the time it was given, not before', async () => {
    let awake = false;
    const sleep = systemClock.sleep(1000).then(() => {
      awake = true;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
    expect(awake).toBe(true);
  });

  it("throws the signal's own reason, at once, and leaves no timer", async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(60_000, controller.signal);
    expect(vi.getTimerCount()).toBe(1);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not begin when it is aborted already', async () => {
    const reason = new Error('too late');
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no listener on the signal once it is over', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const sleep = systemClock.sleep(10, signal);
    await vi.advanceTimersByTimeAsync(10);
    await sleep;
    expect(added).toHaveBeenCalledTimes(1);
    expect(removed.mock.calls[0]?.slice(0, 2)).toEqual(added.mock.calls[0]?.slice(0, 2));
  });

  it('sleeps for 60 days, which no single timer can', async () => {
    const days60 = 60 * 86_400_000;
    let awake = false;
    const sleep = systemClock.sleep(days60).then(() => {
      awake = true;
    });
    await vi.advanceTimersByTimeAsync(days60 - 1);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
    expect(awake).toBe(true);
  });

  it('can be aborted in the second stretch of a long sleep', async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(2 ** 32, controller.signal);
    await vi.advanceTimersByTimeAsync(2 ** 31 + 5);
    controller.abort(new Error('enough'));
    await expect(sleep).rejects.toThrow('enough');
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([0, -5, Number.NaN])('does not wait for %s ms', async (ms) => {
    const sleep = systemClock.sleep(ms);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('knows what has passed when its time is set, forward and back', () => {
    const before = systemClock.elapsed();
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(systemClock.elapsed() - before).toBeLessThan(60_000);
    vi.setSystemTime(Date.now() - 7_200_000);
    expect(systemClock.elapsed() - before).toBeGreaterThanOrEqual(0);
  });
});

it('the system clock knows what has passed to some hundredths of a second', async () => {
  const [before, byTimer] = [systemClock.elapsed(), performance.now()];
  await systemClock.sleep(300);
  const passed = performance.now() - byTimer;
  expect(Math.abs(systemClock.elapsed() - before - passed)).toBeLessThan(100);
});
