import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { forbidden, serverError } from '../../sandbox/scalingo/fault.ts';
import { ArchiverError, SourceError } from '../../src/model/errors.ts';
import { Outage, outlast } from '../../src/run/outlast.ts';
import { runAll } from '../../src/run/run-all.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { HttpTraffic } from '../support/http-traffic.ts';
import { memoryLog } from '../support/memory-log.ts';
import { Workbench } from './workbench.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const archive = syntheticArchive({ size: 50_000, seed: 'outage' });

/** Scalingo and a bucket, on a clock that moves on when nothing is on its way over HTTP. */
async function start() {
  const traffic = new HttpTraffic();
  const clock = new FakeClock({ quiet: () => traffic.quiet() });
  const bench = await Workbench.start({ clock });
  const database = bench.scalingo.addDatabase({ app: 'shop', archive, timeline: { polls: 1 } });
  const { log, events } = memoryLog();
  return {
    bench,
    clock,
    database,
    events,
    async run(jobs = [bench.job(database)]) {
      const running = runAll(jobs, 1, { clock, log }, calm());
      await clock.advanceUntil(running);
      return running;
    },
    async [Symbol.asyncDispose]() {
      await bench[Symbol.asyncDispose]();
      traffic[Symbol.dispose]();
    },
  };
}

describe('an outage before anything was made', () => {
  it('of Scalingo is waited for, and each wait is a line', async () => {
    await using world = await start();
    const { bench, clock, database } = world;
    const until = clock.now() + 2 * MINUTE;
    bench.scalingo.intercept = () => (clock.now() < until ? serverError(503) : undefined);
    expect(await world.run()).toMatchObject({ failed: 0, outcomes: [{ status: 'archived' }] });
    const waits = bench.fieldsOf('run.retried');
    expect(waits.length).toBeGreaterThan(1);
    expect(waits[0]).toMatchObject({
      database: 'shop',
      attempt: 1,
      waitedMs: 0,
      error: { code: 'scalingo.unavailable' },
    });
    expect(database.backups).toHaveLength(1);
    expect(await bench.holdsOnly(archive)).toBe(true);
    expect(bench.s3.keys().filter((key) => key.includes('.locks/'))).toEqual([]);
  });

  it('that lasts is waited for during 5 minutes, by all databases together', async () => {
    await using world = await start();
    const { bench, clock } = world;
    const databases = Array.from({ length: 6 }, (_, n) =>
      bench.scalingo.addDatabase({ app: `db-${n}`, archive }),
    );
    bench.scalingo.intercept = () => serverError(503);
    const begun = clock.now();
    const summary = await world.run(databases.map((database) => bench.job(database)));
    expect(summary.failed).toBe(6);
    const waits = bench.fieldsOf('run.retried');
    expect(new Set(waits.map(({ database }) => database))).toEqual(new Set(['db-0']));
    const waited = waits.reduce((sum, { delayMs }) => sum + Number(delayMs), 0);
    expect(waited).toBeLessThanOrEqual(5 * MINUTE);
    // The others: their own tries.
    expect(clock.now() - begun).toBeGreaterThan(4 * MINUTE);
    expect(clock.now() - begun).toBeLessThan(10 * MINUTE);
    expect(bench.scalingo.count('create')).toBe(0);
  });

  it('is none where a right is missing: that fails at once', async () => {
    await using world = await start();
    world.database.fail('list', forbidden(), Number.POSITIVE_INFINITY);
    expect(await world.run()).toMatchObject({ failed: 1 });
    expect(world.bench.logged).not.toContain('run.retried');
  });
});

describe('outlast', () => {
  const away = new SourceError('scalingo.network', 'refused', { operation: 'GET /', retryable: true });
  const setUp = () => {
    const clock = new FakeClock();
    const { log, events } = memoryLog();
    return { clock, events, job: { name: 'shop', clock, random: () => 0.5, log } };
  };

  it('begins nothing anew once something was made', async () => {
    const { job, events } = setUp();
    const work = async (made: () => void) => {
      made();
      throw away;
    };
    await expect(outlast(job, new Outage(), calm(), work)).rejects.toBe(away);
    expect(events).toEqual([]);
  });

  it('ends at once by a stop', async () => {
    const { job, clock } = setUp();
    const stop = new AbortController();
    const reason = new ArchiverError('shutdown.signal', 'stopped by SIGTERM');
    const running = outlast(job, new Outage(), stop.signal, async () => {
      throw away;
    });
    const ended = expect(running).rejects.toBe(reason);
    await clock.advance(MINUTE);
    stop.abort(reason);
    await ended;
    expect(clock.sleeping).toBe(0);
  });

  it('waits no longer for a clock that is set back', async () => {
    const { job, clock, events } = setUp();
    const running = outlast(job, new Outage(), calm(), async () => {
      clock.step(-MINUTE);
      throw away;
    });
    const ended = expect(running).rejects.toBe(away);
    await clock.advance(10 * MINUTE);
    await ended;
    expect(events.length).toBeLessThan(20);
  });

  it('waits for a new outage, after one that was over', async () => {
    const { job, clock, events } = setUp();
    const outage = new Outage();
    const failing = async () => {
      const running = outlast(job, outage, calm(), async () => {
        throw away;
      });
      const ended = expect(running).rejects.toBe(away);
      await clock.advance(10 * MINUTE);
      await ended;
      return events.splice(0).length;
    };
    const waits = await failing();
    expect(waits).toBeGreaterThan(8);
    expect(await failing()).toBe(waits);
  });
});
