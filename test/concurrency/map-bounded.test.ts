import { describe, expect, it } from 'vitest';
import { mapBounded } from '../../src/concurrency/map-bounded.ts';

describe('mapBounded', () => {
  it('gives the results in the order of the items, with so many under way at most', async () => {
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const begun: number[] = [];
    const mapping = mapBounded([0, 1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      await gates[item]?.promise;
      return item * 10;
    });
    expect(begun).toEqual([0, 1]);
    gates[1]?.resolve();
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    for (const gate of gates) gate.resolve();
    expect(await mapping).toEqual([0, 10, 20, 30, 40]);
  });

  it('begins nothing more after a failure, ends the signal of the others, and throws it', async () => {
    const begun: number[] = [];
    let seen: AbortSignal | undefined;
    const mapping = mapBounded([0, 1, 2, 3], 2, (item, signal) => {
      begun.push(item);
      if (item === 1) return Promise.reject(new Error('broken'));
      seen = signal;
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await expect(mapping).rejects.toThrow('broken');
    expect(begun).toEqual([0, 1]);
    expect(seen?.aborted).toBe(true);
  });

  it('throws the reason of a signal that comes before an item', async () => {
    const stop = new AbortController();
    const mapping = mapBounded([0, 1], 1, async () => stop.abort(new Error('stopped')), stop.signal);
    await expect(mapping).rejects.toThrow('stopped');
  });

  it('has nothing to do for no item', async () => {
    expect(await mapBounded([], 3, async () => 1)).toEqual([]);
  });
});
