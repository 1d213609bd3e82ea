import { describe, expect, it } from 'vitest';
import { AdaptiveConcurrency } from '../../src/concurrency/adaptive-concurrency.ts';

/** Works that have begun and end when they are told. */
function works(concurrency: AdaptiveConcurrency, count: number) {
  const running: (() => void)[] = [];
  const all = Array.from({ length: count }, () =>
    concurrency.run(() => new Promise<void>((resolve) => running.push(resolve))),
  );
  return { running, all };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('adaptive concurrency', () => {
  it('lets so many at once and no more', async () => {
    const { running, all } = works(new AdaptiveConcurrency(3), 7);
    await turn();
    expect(running).toHaveLength(3);
    for (const end of running.splice(0, 2)) end();
    await turn();
    expect(running).toHaveLength(3);
    while (running.length > 0) {
      for (const end of running.splice(0)) end();
      await turn();
    }
    await Promise.all(all);
  });

  it('halves when asked for less, down to one, and never to none', () => {
    const concurrency = new AdaptiveConcurrency(8);
    const limits = Array.from({ length: 5 }, () => {
      concurrency.slowDown();
      return concurrency.limit;
    });
    expect(limits).toEqual([4, 2, 1, 1, 1]);
  });

  it('lets those go on that have begun, and begins no other before there is room', async () => {
    const concurrency = new AdaptiveConcurrency(4);
    const { running, all } = works(concurrency, 6);
    await turn();
    concurrency.slowDown();
    for (const end of running.splice(0, 2)) end();
    await turn();
    expect(running).toHaveLength(2);
    for (const end of running.splice(0, 1)) end();
    await turn();
    expect(running).toHaveLength(2);
    while (running.length > 0) {
      for (const end of running.splice(0)) end();
      await turn();
    }
    await Promise.all(all);
  });

  it('rises by one after as many in a row as there are at once, and not beyond where it began', () => {
    const concurrency = new AdaptiveConcurrency(4);
    concurrency.slowDown();
    concurrency.slowDown();
    const limits = Array.from({ length: 12 }, () => {
      concurrency.wentWell();
      return concurrency.limit;
    });
    expect(limits).toEqual([2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4]);
  });

  it('lets those in who wait, as soon as it rises', async () => {
    const concurrency = new AdaptiveConcurrency(2);
    concurrency.slowDown();
    const { running, all } = works(concurrency, 3);
    await turn();
    expect(running).toHaveLength(1);
    concurrency.wentWell();
    await turn();
    expect(running).toHaveLength(2);
    while (running.length > 0) {
      for (const end of running.splice(0)) end();
      await turn();
    }
    await Promise.all(all);
  });

  it('begins to count anew when it is asked for less again', () => {
    const concurrency = new AdaptiveConcurrency(4);
    concurrency.slowDown();
    concurrency.wentWell();
    concurrency.slowDown();
    expect(concurrency.limit).toBe(1);
    concurrency.wentWell();
    expect(concurrency.limit).toBe(2);
  });

  it('frees the place of what fails', async () => {
    const concurrency = new AdaptiveConcurrency(1);
    await expect(concurrency.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await concurrency.run(() => Promise.resolve('yes'))).toBe('yes');
  });
});
