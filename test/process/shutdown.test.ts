import { EventEmitter, getMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { installShutdown, type ShutdownSignal } from '../../src/process/shutdown.ts';
import { FakeClock, settled } from '../support/fake-clock.ts';
import { memoryLog } from '../support/memory-log.ts';

class FakeProcess extends EventEmitter {
  readonly exits: number[] = [];

  exit(code: number): void {
    this.exits.push(code);
  }

  send(signal: ShutdownSignal): void {
    this.emit(signal);
  }
}

function setUp() {
  const clock = new FakeClock();
  const target = new FakeProcess();
  const { log, events } = memoryLog();
  const shutdown = installShutdown({ log, clock, boundMs: 30_000, releaseMs: 5000, process: target });
  return { clock, target, events, shutdown, names: () => events.map(({ event }) => event) };
}

describe('the first signal', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s aborts the work with a reason that knows exit code %s', (name, exitCode) => {
    const { shutdown, target, events } = setUp();
    expect(shutdown.reason).toBeUndefined();
    target.send(name);
    expect(shutdown.signal.aborted).toBe(true);
    expect(shutdown.signal.reason).toBe(shutdown.reason);
    expect(shutdown.reason).toMatchObject({ code: 'shutdown.signal', signal: name, exitCode });
    expect(events[0]).toMatchObject({ event: 'shutdown.started', fields: { signal: name, boundMs: 30_000 } });
    expect(events[0]?.message).toContain('within 30.0 s');
    expect(target.exits).toEqual([]);
    shutdown.dispose();
  });

  it('has been logged before anything reacts to it', () => {
    const { shutdown, target, names } = setUp();
    const seen: string[][] = [];
    shutdown.signal.addEventListener('abort', () => void seen.push(names()));
    target.send('SIGTERM');
    expect(seen).toEqual([['shutdown.started']]);
    shutdown.dispose();
  });
});

it('may be waited for by as many as there are, without a warning of a leak', () => {
  const { shutdown } = setUp();
  expect(getMaxListeners(shutdown.signal)).toBe(0);
  shutdown.dispose();
});

describe('the bound', () => {
  it('ends the process whatever still runs, and names it', async () => {
    const { shutdown, target, clock, events } = setUp();
    shutdown.onRelease('lease of shop-db', () => {});
    target.send('SIGTERM');
    await clock.advance(29_999);
    expect(target.exits).toEqual([]);
    await clock.advance(1);
    expect(target.exits).toEqual([143]);
    expect(events.at(-1)).toMatchObject({
      level: 'error',
      event: 'shutdown.timed_out',
      fields: { boundMs: 30_000, waitingFor: ['lease of shop-db'] },
    });
  });

  it('is gone with dispose, and so are the handlers', async () => {
    const { shutdown, target, clock } = setUp();
    target.send('SIGTERM');
    shutdown.dispose();
    expect(clock.sleeping).toBe(0);
    expect(target.listenerCount('SIGINT') + target.listenerCount('SIGTERM')).toBe(0);
    await clock.advance(60_000);
    expect(target.exits).toEqual([]);
  });

  it('does not run before a signal', async () => {
    const { shutdown, target, clock } = setUp();
    await clock.advance(86_400_000);
    expect(clock.sleeping).toBe(0);
    expect(target.exits).toEqual([]);
    shutdown.dispose();
  });
});

it('exits at once on a second signal, with its own code', () => {
  const { shutdown, target, names } = setUp();
  target.send('SIGTERM');
  target.send('SIGINT');
  expect(target.exits).toEqual([130]);
  expect(names()).toEqual(['shutdown.started', 'shutdown.forced']);
  shutdown.dispose();
});

describe('release', () => {
  it('runs what was added last first, one after the other', async () => {
    const { shutdown } = setUp();
    const order: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      shutdown.onRelease(name, async () => {
        order.push(`${name} begins`);
        await settled();
        order.push(`${name} ends`);
      });
    }
    await shutdown.release();
    expect(order).toEqual(['c begins', 'c ends', 'b begins', 'b ends', 'a begins', 'a ends']);
  });

  it('runs each once, however often it is asked for, and also what is added meanwhile', async () => {
    const { shutdown } = setUp();
    const order: string[] = [];
    shutdown.onRelease('a', () => {
      order.push('a');
      shutdown.onRelease('late', () => void order.push('late'));
    });
    await Promise.all([shutdown.release(), shutdown.release()]);
    expect(order).toEqual(['a', 'late']);
  });

  it('leaves alone what its owner has released', async () => {
    const { shutdown } = setUp();
    const order: string[] = [];
    const released = shutdown.onRelease('a', () => void order.push('a'));
    shutdown.onRelease('b', () => void order.push('b'));
    released();
    released();
    await shutdown.release();
    expect(order).toEqual(['b']);
  });

  it('passes over one that fails and one that hangs, and says so', async () => {
    const { shutdown, clock, events } = setUp();
    const order: string[] = [];
    let told: AbortSignal | undefined;
    shutdown.onRelease('first', () => void order.push('first'));
    shutdown.onRelease('fails', () => {
      throw new Error('no');
    });
    shutdown.onRelease('hangs', (signal) => {
      told = signal;
      return new Promise(() => {});
    });
    const released = shutdown.release();
    await clock.advance(4999);
    expect(order).toEqual([]);
    expect(told?.aborted).toBe(false);
    await clock.advance(1);
    await released;
    expect(told?.aborted).toBe(true);
    expect(order).toEqual(['first']);
    expect(events.map(({ event, fields }) => [event, fields.releaser])).toEqual([
      ['shutdown.release_failed', 'hangs'],
      ['shutdown.release_failed', 'fails'],
    ]);
    expect(events[0]?.fields.error).toMatchObject({ code: 'shutdown.release_timeout' });
    expect(clock.sleeping).toBe(0);
  });

  it('ends with shutdown.completed after a signal, and silently without one', async () => {
    const quiet = setUp();
    await quiet.shutdown.release();
    expect(quiet.names()).toEqual([]);
    const { shutdown, target, clock, events } = setUp();
    target.send('SIGINT');
    await clock.advance(1500);
    await shutdown.release();
    expect(events.at(-1)).toMatchObject({
      event: 'shutdown.completed',
      fields: { signal: 'SIGINT', durationMs: 1500 },
    });
    shutdown.dispose();
  });
});
