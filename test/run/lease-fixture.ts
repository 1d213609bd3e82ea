import type { Clock } from '../../src/ports/clock.ts';
import { type HeldLease, type LeaseHolder, withLease } from '../../src/run/lease/lease.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memoryLog } from '../support/memory-log.ts';
import { calm } from '../support/outcomes.ts';
import { MemoryLeases } from './memory-leases.ts';

const HERE = 'boot-1 pid:[1]';

export function holder(name: string, more: Partial<LeaseHolder> = {}): LeaseHolder {
  return { holder: name, host: 'machine', pid: 100, processTable: HERE, isAlive: () => true, ...more };
}

export function recordOf(name: string, more: Partial<LeaseHolder> = {}) {
  const { isAlive: _, ...record } = holder(name, more);
  return { ...record, acquiredAt: '2026-01-01T00:00:00.000Z', renewedAt: '2026-01-01T00:00:00.000Z' };
}

/** Runs that share leases and a clock, and stay at work until they are told to end. */
export function start(leases = new MemoryLeases()) {
  const clock = new FakeClock();
  const { log, events } = memoryLog();
  const run = (name: string, signal = calm(), more: Partial<LeaseHolder> = {}, itsClock: Clock = clock) => {
    const begun = Promise.withResolvers<AbortSignal>();
    const given = Promise.withResolvers<HeldLease>();
    const end = Promise.withResolvers<string>();
    const context = { database: 'shop', store: leases, holder: holder(name, more), clock: itsClock, log };
    const outcome = withLease(context, signal, (held, lease) => {
      begun.resolve(held);
      given.resolve(lease);
      return Promise.race([
        end.promise,
        new Promise<never>((_, reject) => {
          held.addEventListener('abort', () => reject(held.reason), { once: true });
        }),
      ]);
    });
    outcome.catch(() => {});
    let isAtWork = false;
    void begun.promise.then(() => {
      isAtWork = true;
    });
    return {
      outcome,
      begun: begun.promise,
      lease: given.promise,
      end: end.resolve,
      isAtWork: () => isAtWork,
    };
  };
  return {
    leases,
    clock,
    events,
    run,
    named: (name: string) => events.filter(({ event }) => event === name),
  };
}

/** A wall clock that a person or a time server sets; waiting takes as long as ever. */
export function wallClock(clock: Clock): Clock & {
  set(byMs: number): void;
  /** No timer fires meanwhile, and every clock goes on. */
  freeze(forMs: number): void;
} {
  let offset = 0;
  let frozen = 0;
  return {
    now: () => clock.now() + offset + frozen,
    elapsed: () => clock.elapsed() + frozen,
    sleep: (ms, signal) => clock.sleep(ms, signal),
    set: (byMs) => {
      offset += byMs;
    },
    freeze: (forMs) => {
      frozen += forMs;
    },
  };
}
