import { describe, expect, it } from 'vitest';
import { ArchiverError } from '../../src/model/errors.ts';
import { LEASE_TIME } from '../../src/ports/lease.ts';
import { withLease } from '../../src/run/lease/lease.ts';
import { memoryLog } from '../support/memory-log.ts';
import { calm, rejectionOf } from '../support/outcomes.ts';
import { holder, recordOf, start } from './lease-fixture.ts';
import { lostRace, MemoryLeases, outOfReach } from './memory-leases.ts';

describe('a lease', () => {
  it('is taken, renewed well within its time, and released', async () => {
    const { leases, clock, run } = start();
    const one = run('one');
    await one.begun;
    expect(leases.stored.get('shop')?.record).toMatchObject({ holder: 'one', host: 'machine', pid: 100 });
    await clock.advance(10 * LEASE_TIME);
    expect(leases.writes.length).toBeGreaterThanOrEqual(20);
    const last = leases.writes.at(-1);
    expect(last?.acquiredAt).toBe('2026-01-01T00:00:00.000Z');
    expect(last?.renewedAt.slice(0, 15)).toBe('2026-01-01T00:0');
    expect(last?.renewedAt).not.toBe(last?.acquiredAt);
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(leases.stored.size).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it('is released when the work fails, and its error is the one thrown', async () => {
    const { leases, clock, events } = start();
    const { log } = memoryLog({}, events);
    const broken = new Error('the work failed');
    const context = { database: 'shop', store: leases, holder: holder('one'), clock, log };
    expect(await rejectionOf(withLease(context, calm(), () => Promise.reject(broken)))).toBe(broken);
    expect(leases.stored.size).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it('is released when the run is stopped', async () => {
    const { leases, run } = start();
    const stop = new AbortController();
    const one = run('one', stop.signal);
    await one.begun;
    const reason = new ArchiverError('shutdown.signal', 'stopped');
    stop.abort(reason);
    expect(await rejectionOf(one.outcome)).toBe(reason);
    expect(leases.stored.size).toBe(0);
  });

  it('that cannot be released is let run out', async () => {
    const { leases, run, named } = start();
    leases.removeLease = () => Promise.reject(outOfReach());
    const one = run('one');
    await one.begun;
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(named('lock.release_failed')).toMatchObject([
      { level: 'warn', fields: { error: { code: 's3.network' } } },
    ]);
  });
});

describe('two runs at once', () => {
  it('work one after the other: the second waits, and begins when the first is done', async () => {
    const { clock, run, named } = start();
    const first = run('first');
    await first.begun;
    const second = run('second');
    await clock.advance(LEASE_TIME / 2);
    expect(second.isAtWork()).toBe(false);
    first.end('done');
    await first.outcome;
    await clock.advance(5000);
    expect(second.isAtWork()).toBe(true);
    expect(named('lock.waiting')).toMatchObject([{ level: 'info', fields: { heldBy: 'first' } }]);
    second.end('done');
    await second.outcome;
  });

  it('the second waits for one lease time, and then says who holds it', async () => {
    const { clock, run, named } = start();
    const first = run('first');
    await first.begun;
    const second = run('second');
    const begun = clock.now();
    let waited = 0;
    void second.outcome.catch(() => {
      waited = clock.now() - begun;
    });
    await clock.advance(2 * LEASE_TIME);
    expect(await rejectionOf(second.outcome)).toMatchObject({
      code: 'lock.held',
      message: 'shop is being worked on by run first on machine',
      details: { heldBy: 'first', pid: 100 },
    });
    // A lease that changed between the first two looks would have died by then.
    expect(waited).toBe(LEASE_TIME + 2000);
    expect(named('lock.held')).toHaveLength(1);
    expect(named('lock.waiting')).toHaveLength(1);
    first.end('done');
    expect(await first.outcome).toBe('done');
  });

  it('that ask at the same moment: one of them gets it', async () => {
    const { clock, run } = start();
    const runs = ['a', 'b', 'c'].map((name) => run(name));
    await clock.advance(3000);
    expect(runs.filter((each) => each.isAtWork())).toHaveLength(1);
    for (let turn = 0; turn < 3; turn++) {
      const atWork = runs.filter((each) => each.isAtWork());
      expect(atWork).toHaveLength(turn + 1);
      atWork.at(-1)?.end('done');
      for (const each of atWork) each.end('done');
      await clock.advance(3000);
    }
    expect(await Promise.all(runs.map((each) => each.outcome))).toEqual(['done', 'done', 'done']);
  });

  it('that ask at the same moment a store without conditions: whoever wrote last', async () => {
    const { clock, run } = start(new MemoryLeases({ honoursConditions: false }));
    const runs = ['a', 'b'].map((name) => run(name));
    await clock.advance(1000);
    expect(runs.filter((each) => each.isAtWork())).toHaveLength(1);
  });
});

it('a lease that was written, and once is not shown to its writer, costs no lease time', async () => {
  const { leases, clock, run } = start();
  let looks = 0;
  const read = leases.readLease.bind(leases);
  leases.readLease = (database) => (++looks === 2 ? Promise.resolve(undefined) : read(database));
  const one = run('one');
  await clock.advance(3000);
  expect(one.isAtWork()).toBe(true);
  one.end('done');
  expect(await one.outcome).toBe('done');
});

describe('the lease of a dead run', () => {
  it('of this process table is taken over at once', async () => {
    const { leases, clock, run } = start();
    leases.put('shop', recordOf('dead', { pid: 4242 }));
    const one = run('one', calm(), { isAlive: (pid) => pid !== 4242 });
    await one.begun;
    expect(clock.sleeps).not.toContain(2000);
    expect(leases.stored.get('shop')?.record?.holder).toBe('one');
  });

  it.each([
    ['of another machine', { processTable: 'boot-2 pid:[1]' }],
    ['of a system that does not tell', { processTable: null }],
  ])('%s is taken over once it has not changed for one lease time', async (_, where) => {
    const { leases, clock, run } = start();
    leases.put('shop', recordOf('dead', { pid: 4242, ...where }));
    const one = run('one', calm(), { isAlive: () => false });
    await clock.advance(LEASE_TIME - 1000);
    expect(one.isAtWork()).toBe(false);
    await clock.advance(4000);
    expect(one.isAtWork()).toBe(true);
    one.end('done');
    expect(await one.outcome).toBe('done');
  });

  it('whose last renewal came between the first two looks is taken over', async () => {
    const { leases, clock, run } = start();
    leases.put('shop', recordOf('dying', { processTable: 'x' }));
    const one = run('one');
    await clock.advance(1000);
    leases.put('shop', recordOf('dying', { processTable: 'x' }));
    await clock.advance(LEASE_TIME);
    expect(one.isAtWork()).toBe(false);
    await clock.advance(2000);
    expect(one.isAtWork()).toBe(true);
  });

  it('is not told by its process where neither run knows its process table', async () => {
    const { leases, clock, run } = start();
    leases.put('shop', recordOf('dead', { processTable: null }));
    const one = run('one', calm(), { processTable: null, isAlive: () => false });
    await clock.advance(LEASE_TIME - 1000);
    expect(one.isAtWork()).toBe(false);
  });

  it('that nobody can read is taken over once it has not changed', async () => {
    const { leases, clock, run } = start();
    leases.put('shop', null);
    const one = run('one');
    await clock.advance(LEASE_TIME - 1000);
    expect(one.isAtWork()).toBe(false);
    await clock.advance(4000);
    expect(one.isAtWork()).toBe(true);
  });

  it('is told by the waiter’s own clock alone, whatever the times in it say', async () => {
    const { leases, clock, run } = start();
    leases.put('shop', { ...recordOf('old', { processTable: 'x' }), renewedAt: '1999-01-01T00:00:00.000Z' });
    const one = run('one');
    await clock.advance(LEASE_TIME - 1000);
    expect(one.isAtWork()).toBe(false);
  });

  it('whose process lives is not taken from it', async () => {
    const { leases, clock, run } = start();
    leases.put('shop', recordOf('alive', { pid: 77 }));
    const one = run('one', calm(), { isAlive: (pid) => pid === 77 });
    await clock.advance(LEASE_TIME - 1000);
    expect(one.isAtWork()).toBe(false);
  });
});

describe('a store that contradicts itself', () => {
  it('shows no lease, and refuses to write one: the run says so, and what may be the reason', async () => {
    const { leases, clock, run, named } = start();
    leases.fault = () => ({ when: 'before', error: lostRace() });
    const one = run('one');
    await clock.advance(2 * LEASE_TIME);
    expect(await rejectionOf(one.outcome)).toMatchObject({
      code: 'lock.held',
      message: expect.stringContaining('the store shows no lease, and refuses to write one'),
      hint: expect.stringContaining('.locks/'),
    });
    expect(named('lock.held')).toMatchObject([{ level: 'error' }]);
  });

  it('shows what no run can read in place of the lease just written: that is the lease of another', async () => {
    const { leases, clock, run } = start();
    const write = leases.writeLease.bind(leases);
    leases.writeLease = async (...args) => {
      leases.writeLease = write;
      await write(...args);
      return leases.put('shop', null);
    };
    const one = run('one');
    await clock.advance(LEASE_TIME - 1000);
    expect(one.isAtWork()).toBe(false);
    await clock.advance(4000);
    expect(one.isAtWork()).toBe(true);
  });

  it('always shows another lease that no run can read: it is of another run', async () => {
    const { leases, clock, run } = start();
    const one = run('one');
    leases.readLease = () => Promise.resolve({ record: null, version: `v${clock.now()}` });
    await clock.advance(2 * LEASE_TIME);
    expect(await rejectionOf(one.outcome)).toMatchObject({
      code: 'lock.held',
      message: 'shop is being worked on by another run',
    });
  });
});
