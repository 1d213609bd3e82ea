import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { forbidden, gate, hang, notFound } from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import type { LeaseStore } from '../../src/ports/lease.ts';
import { systemClock } from '../../src/process/system-clock.ts';
import type { DatabaseJob } from '../../src/run/database-job.ts';
import { runAll } from '../../src/run/run-all.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { memoryLog } from '../support/memory-log.ts';
import { Workbench } from './workbench.ts';

const archive = syntheticArchive({ size: 50_000, seed: 'run all' });

/** On real time, since a lease renews itself for as long as its run works. */
async function start(count: number) {
  const bench = await Workbench.start({ clock: systemClock });
  const databases = Array.from({ length: count }, (_, n) =>
    bench.scalingo.addDatabase({ app: `db-${n}`, archive, timeline: { polls: 1 } }),
  );
  const { log, events } = memoryLog();
  const job = (database: SimulatedDatabase, more: Partial<DatabaseJob> = {}) =>
    bench.job(database, { pollInterval: 20 }, more);
  return {
    bench,
    databases,
    events,
    job,
    run: (jobs: readonly DatabaseJob[], concurrency: number, signal = calm()) =>
      runAll(jobs, concurrency, { clock: systemClock, log }, signal),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

describe('all databases', () => {
  it('are archived, never more than so many at once', async () => {
    await using world = await start(7);
    let atWork = 0;
    let most = 0;
    const { leases } = world.bench.store;
    const counted: LeaseStore = {
      readLease: (...args) => leases.readLease(...args),
      writeLease: (database, record, replaces, signal) => {
        if (replaces === undefined) atWork += 1;
        most = Math.max(most, atWork);
        return leases.writeLease(database, record, replaces, signal);
      },
      removeLease: (...args) => {
        atWork -= 1;
        return leases.removeLease(...args);
      },
    };
    const jobs = world.databases.map((database) => world.job(database, { leases: counted }));
    const summary = await world.run(jobs, 3);
    expect(summary).toMatchObject({ failed: 0, interrupted: 0 });
    expect(summary.outcomes.map(({ database, status }) => [database, status])).toEqual(
      world.databases.map(({ app }) => [app, 'archived']),
    );
    expect(most).toBe(3);
    expect(world.bench.s3.keys().filter((key) => key.includes('.locks/'))).toEqual([]);
  });

  it('are attempted though some fail, and the summary says how each fared', async () => {
    await using world = await start(5);
    const [, forbiddenOne, elastic, gone, archived] = world.databases;
    if (!forbiddenOne || !elastic || !gone || !archived) throw new Error('there are five');
    forbiddenOne.fail('create', forbidden(), Number.POSITIVE_INFINITY);
    elastic.type = 'elasticsearch';
    gone.fail('list', notFound('database'), Number.POSITIVE_INFINITY);
    archived.addBackup();
    await world.run([world.job(archived)], 1);
    const jobs = world.databases.map((database) =>
      world.job(
        database,
        database === archived ? { settings: { ...world.job(database).settings, mode: 'latest' } } : {},
      ),
    );
    const summary = await world.run(jobs, 2);
    expect(summary.outcomes.map(({ status }) => status)).toEqual([
      'archived',
      'failed',
      'failed',
      'failed',
      'skipped',
    ]);
    expect(summary).toMatchObject({ failed: 3, interrupted: 0 });
    const failed = world.events.find(({ event }) => event === 'run.failed');
    expect(failed).toMatchObject({
      level: 'error',
      message: '1 archived, 1 skipped, 3 failed',
      fields: {
        archived: 1,
        skipped: 1,
        failed: 3,
        databases: [
          { database: 'db-0', status: 'archived', bytes: archive.size },
          { database: 'db-1', status: 'failed', code: 'scalingo.forbidden' },
          { database: 'db-2', status: 'failed', code: 'database.not_downloadable' },
          { database: 'db-3', status: 'failed', code: 'scalingo.not_found' },
          { database: 'db-4', status: 'skipped' },
        ],
      },
    });
    const errors = world.bench.events.filter(({ event }) => event === 'archive.failed');
    expect(errors.map(({ fields }) => fields.database).sort()).toEqual(['db-1', 'db-2', 'db-3']);
  });

  it('fail each by itself where the bucket is gone, and no backup is made', async () => {
    await using world = await start(3);
    world.bench.s3.fail({
      operation: 'HeadBucket',
      fault: { kind: 'error', code: 'NotFound', status: 404 },
      times: Number.POSITIVE_INFINITY,
    });
    const summary = await world.run(
      world.databases.map((database) => world.job(database)),
      2,
    );
    expect(summary.outcomes).toMatchObject(
      Array.from({ length: 3 }, () => ({ status: 'failed', error: { code: 's3.no_such_bucket' } })),
    );
    expect(world.bench.scalingo.count('create')).toBe(0);
    expect(world.bench.s3.requested({ operation: 'PutObject' })).toEqual([]);
  });

  it('are archived where the store knows no conditional writes too', async () => {
    await using world = await start(1);
    world.bench.s3.quirks.conditionalWrites = 'refused';
    const summary = await world.run(
      world.databases.map((database) => world.job(database)),
      1,
    );
    expect(summary).toMatchObject({ outcomes: [{ status: 'archived' }], failed: 0 });
    expect(world.bench.scalingo.count('create')).toBe(1);
    expect(world.bench.s3.keys().filter((key) => key.endsWith('.manifest.json'))).toHaveLength(1);
  });

  it('are none: nothing is done', async () => {
    await using world = await start(0);
    expect(await world.run([], 4)).toEqual({ outcomes: [], failed: 0, interrupted: 0 });
    expect(world.events.map(({ event }) => event)).toEqual(['run.started', 'run.completed']);
  });

  it('that stand still hold up none of the others', async () => {
    await using world = await start(4);
    const [slow] = world.databases;
    if (slow === undefined) throw new Error('there are four');
    const held = gate();
    slow.fail('list', held.fault);
    const running = world.run(
      world.databases.map((database) => world.job(database)),
      2,
    );
    await held.reached;
    for (const { app } of world.databases.slice(1)) {
      await world.bench.s3.seen({ operation: 'PutObject', key: new RegExp(`^${app}/.*manifest`) });
    }
    held.open();
    expect(await running).toMatchObject({ failed: 0 });
  });
});

describe('the end of the run', () => {
  const reason = new ArchiverError('shutdown.signal', 'stopped by SIGTERM');

  it('interrupts what is at work, begins nothing more, and leaves no lease', async () => {
    await using world = await start(4);
    for (const database of world.databases) database.fail('list', hang(), Number.POSITIVE_INFINITY);
    const stop = new AbortController();
    const running = world.run(
      world.databases.map((database) => world.job(database)),
      2,
      stop.signal,
    );
    await world.bench.scalingo.nextRequest('list');
    stop.abort(reason);
    const summary = await running;
    expect(summary).toMatchObject({ failed: 0, interrupted: 4 });
    const touched = new Set(world.bench.scalingo.requests.map(({ addonId }) => addonId).filter(Boolean));
    expect(touched.size).toBeLessThanOrEqual(2);
    expect(world.bench.s3.keys()).toEqual([]);
    const interrupted = world.bench.events.filter(({ event }) => event === 'archive.interrupted');
    expect(interrupted.length).toBeGreaterThan(0);
    expect(world.bench.logged).not.toContain('archive.failed');
    expect(world.events.at(-1)).toMatchObject({
      event: 'run.interrupted',
      level: 'warn',
      message: '0 archived, 0 skipped, 0 failed, 4 interrupted',
      fields: { interrupted: 4 },
    });
  });
});
