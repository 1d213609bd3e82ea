import { describe, expect, it } from 'vitest';
import { LEASE_TIME } from '../../src/ports/lease.ts';
import { calm, rejectionOf } from '../stores/s3/store-fixture.ts';
import { start, wallClock } from './lease-fixture.ts';
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
});
