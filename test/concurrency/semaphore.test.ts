import { describe, expect, it } from 'vitest';
import { Semaphore } from '../../src/concurrency/semaphore.ts';

/** Works that note their beginning and end when they are told. */
function works(semaphore: Semaphore) {
  const begun: string[] = [];
  const run = (name: string, signal?: AbortSignal) => {
    const end = Promise.withResolvers<void>();
    const work = () => {
      begun.push(name);
      return end.promise;
    };
    return { end: end.resolve, ended: semaphore.run(work, signal) };
  };
  return { begun, run };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a semaphore', () => {
  it('begins in turn, and goes on after a work that failed', async () => {
    const semaphore = new Semaphore(1);
    const { begun, run } = works(semaphore);
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const [one, two, three] = [run('one'), run('two'), run('three')];
    await turn();
    expect(begun).toEqual(['one']);
    one.end();
    await one.ended;
    await turn();
    expect(begun).toEqual(['one', 'two']);
    two.end();
    three.end();
    await three.ended;
  });

  it('lets one that waits leave, and nothing else changes', async () => {
    const { begun, run } = works(new Semaphore(1));
    const stop = new AbortController();
    const one = run('one');
    const two = run('two', stop.signal);
    const three = run('three');
    stop.abort(new Error('stopped'));
    await expect(two.ended).rejects.toThrow('stopped');
    one.end();
    await turn();
    expect(begun).toEqual(['one', 'three']);
    three.end();
    await three.ended;
    await expect(run('four', stop.signal).ended).rejects.toThrow('stopped');
  });

  it('ends no other wait when it is stopped in the moment of its own turn', async () => {
    const semaphore = new Semaphore(1);
    const { begun, run } = works(semaphore);
    const stop = new AbortController();
    const one = run('one');
    const two = run('two', stop.signal);
    const three = run('three');
    await turn();
    semaphore.limit = 2;
    stop.abort(new Error('stopped'));
    for (const { end } of [one, two, three]) end();
    await Promise.all([one.ended, two.ended, three.ended]);
    expect(begun).toEqual(['one', 'two', 'three']);
  });
});
