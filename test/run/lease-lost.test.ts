import { describe, expect, it } from 'vitest';
import { ArchiverError } from '../../src/model/errors.ts';
import { LEASE_TIME } from '../../src/ports/lease.ts';
import { S3Error } from '../../src/stores/s3/client/s3-error.ts';
import { calm, rejectionOf } from '../support/outcomes.ts';
import { recordOf, start, wallClock } from './lease-fixture.ts';
import { lostRace, MemoryLeases, outOfReach } from './memory-leases.ts';

describe('a lease that is lost', () => {
  it('to another run stops the work, and is not taken away from that one', async () => {
    const { leases, clock, run } = start();
    const one = run('one');
    await one.begun;
    leases.put('shop', recordOf('other'));
    await clock.advance(15_000);
    expect(await rejectionOf(one.outcome)).toMatchObject({
      code: 'lock.lost',
      message: expect.stringContaining('to another run'),
      hint: expect.any(String),
    });
    expect(leases.stored.get('shop')?.record?.holder).toBe('other');
    expect(leases.removals).toBe(0);
  });

  it('to another run on a store without conditions stops the work too', async () => {
    const { leases, clock, run } = start(new MemoryLeases({ honoursConditions: false }));
    const one = run('one');
    await one.begun;
    leases.put('shop', recordOf('other'));
    await clock.advance(15_000);
    expect(await rejectionOf(one.outcome)).toMatchObject({ code: 'lock.lost' });
    expect(leases.stored.get('shop')?.record?.holder).toBe('other');
  });

  it('because it cannot be renewed stops the work before another may begin', async () => {
    const { leases, clock, run, named } = start();
    const one = run('one');
    await one.begun;
    const renewed = clock.now();
    leases.fault = () => ({ when: 'before', error: outOfReach() });
    let stopped = 0;
    void one.outcome.catch(() => {
      stopped = clock.now() - renewed;
    });
    await clock.advance(2 * LEASE_TIME);
    expect(await rejectionOf(one.outcome)).toMatchObject({
      code: 'lock.lost',
      message: expect.stringContaining('because it could not be renewed in time'),
    });
    expect(stopped).toBeLessThan(LEASE_TIME);
    expect(named('lock.renewal_failed')[0]).toMatchObject({ fields: { error: { code: 's3.network' } } });
  });

  it('because the store never answers stops the work before another may begin', async () => {
    const { leases, clock, run } = start();
    const one = run('one');
    await one.begun;
    const renewed = clock.now();
    leases.gate = (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
    let stopped = 0;
    void one.outcome.catch(() => {
      stopped = clock.now() - renewed;
    });
    await clock.advance(2 * LEASE_TIME);
    expect(stopped).toBeGreaterThan(0);
    expect(stopped).toBeLessThan(LEASE_TIME);
    expect(await rejectionOf(one.outcome)).toMatchObject({ code: 'lock.lost' });
  });
});

describe('a run that was frozen for longer than its lease', () => {
  /** Work that ends at the moment at which the process goes on, before a timer of it has fired. */
  async function frozen() {
    const bench = start();
    const wall = wallClock(bench.clock);
    const one = bench.run('one', calm(), {}, wall);
    const lease = await one.lease;
    wall.freeze(LEASE_TIME);
    bench.leases.put('shop', recordOf('other'));
    return { ...bench, one, lease };
  }

  it('does not remove the lease of the run that has followed it', async () => {
    const { leases, one, named } = await frozen();
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(leases.stored.get('shop')?.record?.holder).toBe('other');
    expect(named('lock.release_failed')).toMatchObject([{ fields: { error: { code: 'lock.lost' } } }]);
  });

  it('may change nothing from its first step on', async () => {
    const { one, lease } = await frozen();
    expect(() => lease.require()).toThrow(
      expect.objectContaining({ code: 'lock.lost', message: expect.stringContaining('renewed in time') }),
    );
    one.end('done');
    await one.outcome;
  });
});

it('a wall clock that was set asks the store whose the lease is before it is removed', async () => {
  for (const other of [undefined, 'other']) {
    const { leases, clock, run } = start();
    const wall = wallClock(clock);
    const one = run('one', calm(), {}, wall);
    await one.begun;
    wall.set(LEASE_TIME);
    if (other !== undefined) leases.put('shop', recordOf(other));
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(leases.stored.get('shop')?.record?.holder).toBe(other);
  }
});

it('a removal is not on its way any more when another run may take the lease', async () => {
  const { leases, clock, run } = start();
  const one = run('one');
  await one.begun;
  leases.fault = () => ({ when: 'before', error: outOfReach() });
  await clock.advance(24_990);
  const asked = Promise.withResolvers<AbortSignal>();
  leases.removeLease = (_, signal) => {
    asked.resolve(signal);
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(outOfReach())));
  };
  one.end('done');
  const signal = await asked.promise;
  const begun = performance.now();
  expect(await one.outcome).toBe('done');
  // Some 10 ms were left of the time in which the lease was its own for certain.
  expect(signal.aborted).toBe(true);
  expect(performance.now() - begun).toBeLessThan(5000);
});

describe('a renewal', () => {
  it('may fail once or twice', async () => {
    const { leases, clock, run } = start();
    const one = run('one');
    await one.begun;
    let left = 2;
    leases.fault = () => (left-- > 0 ? { when: 'before', error: outOfReach() } : undefined);
    await clock.advance(3 * LEASE_TIME);
    expect(one.isAtWork()).toBe(true);
    one.end('done');
    expect(await one.outcome).toBe('done');
  });

  it.each([
    ['is lost', outOfReach()],
    // The SDK asks again, and is told that the state has changed: by its own first try.
    ['is lost, and the second try says 412', lostRace()],
  ])('whose response %s is a renewal all the same', async (_, error) => {
    const { leases, clock, run } = start();
    const one = run('one');
    await one.begun;
    let left = 1;
    leases.fault = () => (left-- > 0 ? { when: 'after', error } : undefined);
    await clock.advance(5 * LEASE_TIME);
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(leases.stored.size).toBe(0);
  });

  it('that a person made impossible by removing the lease stops the work in the end', async () => {
    const { leases, clock, run } = start();
    const one = run('one');
    await one.begun;
    leases.stored.clear();
    leases.fault = () => ({
      when: 'before',
      error: new S3Error('s3.not_found', '404 NoSuchKey', { operation: 'PutObject', status: 404 }),
    });
    // At the next renewal, not when its time is over.
    await clock.advance(LEASE_TIME / 2);
    expect(await rejectionOf(one.outcome)).toMatchObject({ code: 'lock.lost' });
  });

  it('writes the lease again that a person removed', async () => {
    const { leases, clock, run, named } = start();
    const one = run('one');
    await one.begun;
    leases.stored.clear();
    await clock.advance(LEASE_TIME / 2);
    expect(leases.stored.get('shop')?.record?.holder).toBe('one');
    expect(named('lock.renewal_failed')).toEqual([]);
    one.end('done');
    expect(await one.outcome).toBe('done');
  });

  it('that finds what no run can read stops the work: it may be of another', async () => {
    const { leases, clock, run } = start();
    const one = run('one');
    await one.begun;
    leases.put('shop', null);
    await clock.advance(LEASE_TIME / 2);
    expect(await rejectionOf(one.outcome)).toMatchObject({ code: 'lock.lost' });
  });

  it('that is under way when the work ends has not failed', async () => {
    const { leases, clock, run, named } = start();
    const one = run('one');
    await one.begun;
    leases.gate = (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
    await clock.advance(LEASE_TIME / 2);
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(named('lock.renewal_failed')).toEqual([]);
  });
});

describe('taking a lease', () => {
  it.each([
    ['is lost', outOfReach()],
    ['is lost, and the second try says 412', lostRace()],
  ])('whose response %s is not waiting for oneself', async (_, error) => {
    const { leases, clock, run } = start();
    let left = 1;
    leases.fault = () => (left-- > 0 ? { when: 'after', error } : undefined);
    const one = run('one');
    await clock.advance(5000);
    if (error.code === 's3.network') {
      expect(await rejectionOf(one.outcome)).toBe(error);
      return;
    }
    expect(one.isAtWork()).toBe(true);
  });

  it('that the run’s end meets while it waits ends at once', async () => {
    const { leases, clock, run } = start();
    leases.put('shop', recordOf('other', { processTable: 'x' }));
    const stop = new AbortController();
    const one = run('one', stop.signal);
    await clock.advance(4000);
    const reason = new ArchiverError('shutdown.signal', 'stopped');
    stop.abort(reason);
    expect(await rejectionOf(one.outcome)).toBe(reason);
    expect(leases.stored.get('shop')?.record?.holder).toBe('other');
    expect(clock.sleeping).toBe(0);
  });
});
