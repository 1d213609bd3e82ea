import { describe, expect, it } from 'vitest';
import { LEASE_TIME } from '../../src/ports/lease.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { calm, rejectionOf } from '../support/outcomes.ts';
import { recordOf, start, wallClock } from './lease-fixture.ts';
import { outOfReach } from './memory-leases.ts';

const HOUR = 3_600_000;

describe('a wall clock that is set', () => {
  it('forward while a run waits does not make a living lease a dead one', async () => {
    const { clock, run } = start();
    const first = run('first');
    await first.begun;
    const wall = wallClock(clock);
    const second = run('second', calm(), {}, wall);
    await clock.advance(5000);
    wall.set(HOUR);
    await clock.advance(LEASE_TIME / 2);
    expect(second.isAtWork()).toBe(false);
    first.end('done');
    expect(await first.outcome).toBe('done');
    await clock.advance(5000);
    expect(second.isAtWork()).toBe(true);
    second.end('done');
    await second.outcome;
  });

  it('back while a run waits does not make it wait for longer than it said', async () => {
    const { clock, run } = start();
    const first = run('first');
    await first.begun;
    const wall = wallClock(clock);
    const second = run('second', calm(), {}, wall);
    await clock.advance(5000);
    wall.set(-HOUR);
    await clock.advance(LEASE_TIME + 5000);
    expect(await rejectionOf(second.outcome)).toMatchObject({ code: 'lock.held' });
    first.end('done');
    await first.outcome;
  });

  it.each([
    ['back', -HOUR],
    ['forward', HOUR],
  ])('%s while the store is out of reach does not let the work go on beyond the lease', async (_, byMs) => {
    const { leases, clock, run } = start();
    const wall = wallClock(clock);
    const one = run('one', calm(), {}, wall);
    await one.begun;
    await clock.advance(LEASE_TIME);
    leases.writeLease = () => Promise.reject(outOfReach());
    leases.readLease = () => Promise.reject(outOfReach());
    wall.set(byMs);
    await clock.advance(LEASE_TIME);
    expect(await rejectionOf(one.outcome)).toMatchObject({ code: 'lock.lost' });
  });

  it('back changes nothing about a lease that is renewed', async () => {
    const { clock, run } = start();
    const wall = wallClock(clock);
    const one = run('one', calm(), {}, wall);
    await one.begun;
    wall.set(-HOUR);
    await clock.advance(4 * LEASE_TIME);
    expect(one.isAtWork()).toBe(true);
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(clock.sleeping).toBe(0);
  });

  it.each([
    ['20 minutes', 20 * 60_000],
    ['an hour', HOUR],
  ])('forward by %s does not cost a healthy lease', async (_, byMs) => {
    const { leases, clock, run } = start();
    const wall = wallClock(clock);
    const one = run('one', calm(), {}, wall);
    await one.begun;
    await clock.advance(3000);
    wall.set(byMs);
    await clock.advance(4 * LEASE_TIME);
    expect(one.isAtWork()).toBe(true);
    one.end('done');
    expect(await one.outcome).toBe('done');
    expect(leases.stored.size).toBe(0);
    expect(clock.sleeping).toBe(0);
  });

  it('forward while the store fails for a moment does not cost it either', async () => {
    const { leases, clock, run } = start();
    const wall = wallClock(clock);
    const one = run('one', calm(), {}, wall);
    await one.begun;
    let left = 3;
    leases.fault = () => (left-- > 0 ? { when: 'before', error: outOfReach() } : undefined);
    wall.set(HOUR);
    await clock.advance(LEASE_TIME);
    expect(one.isAtWork()).toBe(true);
    one.end('done');
    expect(await one.outcome).toBe('done');
  });

  it('forward, as after a pause of a virtual machine, when another run has taken the lease, stops the work at once', async () => {
    const { leases, clock, run } = start();
    const wall = wallClock(clock);
    const one = run('one', calm(), {}, wall);
    await one.begun;
    leases.put('shop', recordOf('other'));
    wall.set(HOUR);
    await clock.advance(3000);
    expect(await rejectionOf(one.outcome)).toMatchObject({
      code: 'lock.lost',
      message: expect.stringContaining('to another run'),
    });
    expect(leases.stored.get('shop')?.record?.holder).toBe('other');
  });
});

describe('a machine that was suspended', () => {
  it('for longer than the lease does not go on with the work, although no timer counted that time', async () => {
    const { clock, run } = start();
    const one = run('one');
    await one.begun;
    clock.suspend(LEASE_TIME);
    await clock.advance(2500);
    expect(await rejectionOf(one.outcome)).toMatchObject({ code: 'lock.lost' });
  });

  it('for longer than the lease, and whose wall clock is set back meanwhile, does not go on either', async () => {
    const { clock, run } = start();
    const wall = wallClock(clock);
    const one = run('one', calm(), {}, wall);
    await one.begun;
    clock.suspend(LEASE_TIME);
    wall.set(-HOUR);
    await clock.advance(2500);
    expect(await rejectionOf(one.outcome)).toMatchObject({ code: 'lock.lost' });
  });

  it('while it waited for a lease does not take a living one', async () => {
    const { clock, run } = start();
    const first = run('first');
    await first.begun;
    const itsMachine = new FakeClock();
    const second = run(
      'second',
      calm(),
      {},
      {
        now: () => itsMachine.now(),
        elapsed: () => itsMachine.elapsed(),
        sleep: (ms, signal) => clock.sleep(ms, signal),
      },
    );
    await clock.advance(5000);
    itsMachine.suspend(HOUR);
    await clock.advance(5000);
    expect(second.isAtWork()).toBe(false);
    first.end('done');
    await first.outcome;
    await clock.advance(5000);
    expect(second.isAtWork()).toBe(true);
    second.end('done');
    await second.outcome;
  });
});
