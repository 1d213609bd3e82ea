import { describe, expect, it } from 'vitest';
import {
  answer,
  conflict,
  forbidden,
  notFound,
  serverError,
  unauthorized,
} from '../../sandbox/scalingo/fault.ts';
import type { AddBackupOptions } from '../../sandbox/scalingo/simulated-database.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import { awaitBackup } from '../../src/run/await-backup.ts';
import type { JobSettings } from '../../src/run/database-job.ts';
import { calm, failureOf } from '../stores/s3/store-fixture.ts';
import { HOUR, MINUTE, SECOND } from '../support/database-job.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { Workbench } from './workbench.ts';

async function start(options: AddBackupOptions = {}, settings: Partial<JobSettings> = {}, clock?: FakeClock) {
  const bench = await Workbench.start(clock === undefined ? {} : { clock });
  const database = bench.scalingo.addDatabase({ app: 'shop' });
  const simulated = database.addBackup({ method: 'manual', timeline: { polls: 3 }, ...options });
  const job = bench.job(database, settings);
  // As the POST answered it.
  const backup = {
    id: simulated.id,
    databaseId: database.databaseId,
    createdAt: new Date(simulated.createdAt),
    startedAt: null,
    name: simulated.name,
    size: null,
    status: 'scheduled',
    method: 'manual',
  };
  return {
    bench,
    database,
    simulated,
    wait: (signal = calm()) => awaitBackup(job, backup, signal),
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

const polls = ({ bench }: Awaited<ReturnType<typeof start>>) => bench.scalingo.count('list');

describe('waiting for a backup', () => {
  it('ends when it is done, with its size', async () => {
    await using world = await start({
      timeline: { statuses: ['scheduled', 'pending', 'running', 'running', 'done'] },
    });
    const backup = await world.wait();
    expect(backup).toMatchObject({ status: 'done', size: world.simulated.archive.size });
    expect(polls(world)).toBe(5);
    const [done] = world.bench.fieldsOf('backup.done');
    expect(done).toMatchObject({ backupId: backup.id, durationMs: 4 * 15 * SECOND });
  });

  it('tells each change once, and the rest to those who ask', async () => {
    await using world = await start({
      timeline: { statuses: ['pending', 'pending', 'running', 'running', 'done'] },
    });
    await world.wait();
    const polled = world.bench.events.filter(({ event }) => event === 'backup.polled');
    expect(polled.map(({ level, fields }) => [level, fields.status])).toEqual([
      ['info', 'pending'],
      ['debug', 'pending'],
      ['info', 'running'],
      ['debug', 'running'],
    ]);
  });

  it('says every five minutes that it still waits, and for what', async () => {
    await using world = await start({ timeline: { polls: 100 } });
    await world.wait();
    const waiting = world.bench.events.filter(({ event }) => event === 'backup.waiting');
    expect(waiting.map(({ level, fields }) => [level, fields.waitedMs])).toEqual(
      [5, 10, 15, 20].map((minutes) => ['info', minutes * MINUTE]),
    );
    expect(waiting[0]).toMatchObject({
      message: expect.stringContaining('after 5m'),
      fields: { database: 'shop', backupId: world.simulated.id, status: 'running', timeoutMs: 6 * HOUR },
    });
  });

  it('says so while the API is out, too', async () => {
    await using world = await start({}, { timeout: 20 * MINUTE });
    world.database.fail('list', serverError(500), Number.POSITIVE_INFINITY);
    await failureOf(world.wait());
    expect(world.bench.fieldsOf('backup.waiting').length).toBeGreaterThanOrEqual(3);
    expect(world.bench.fieldsOf('backup.waiting')[0]).toMatchObject({ status: 'unknown' });
  });

  it('takes words that it does not know for a backup in flight', async () => {
    const statuses = ['scheduled', 'cancelling', 'compressing', 'DONE', 'done'];
    await using world = await start({ timeline: { statuses } });
    expect((await world.wait()).status).toBe('done');
    expect(polls(world)).toBe(5);
  });

  it('finds it wherever it stands in the list', async () => {
    await using world = await start();
    world.database.listOrder = 'shuffled';
    for (let n = 0; n < 30; n++) world.database.addBackup({ status: n % 2 === 0 ? 'error' : 'done' });
    expect((await world.wait()).id).toBe(world.simulated.id);
  });

  it('waits on where the list lags behind', async () => {
    await using world = await start();
    world.database.fail('list', answer(200, { database_backups: [] }), 2);
    expect((await world.wait()).status).toBe('done');
  });

  it('waits on where the API is out for minutes: the backup goes on without us', async () => {
    await using world = await start({ timeline: { polls: 2 } });
    world.database.fail('list', serverError(503), 40);
    const begun = world.bench.clock.now();
    expect((await world.wait()).status).toBe('done');
    expect(world.bench.clock.now() - begun).toBeGreaterThan(MINUTE);
    const failed = world.bench.events.filter(({ event }) => event === 'backup.poll_failed');
    expect(failed.length).toBeGreaterThan(3);
    expect(failed[0]).toMatchObject({ level: 'warn', fields: { error: { code: 'scalingo.unavailable' } } });
    expect(world.bench.scalingo.count('create')).toBe(0);
  });

  it.each([
    ['403', forbidden()],
    ['404', notFound('database')],
    ['409', conflict()],
    ['a 200 with an error', answer(200, { error: 'fail to get it' })],
    ['an entry that makes no sense', answer(200, { database_backups: [{}] })],
  ])('waits on after %s, even for two polls', async (_, fault) => {
    await using world = await start({ timeline: { polls: 2 } });
    world.database.fail('list', fault, 4);
    expect((await world.wait()).status).toBe('done');
  });

  it('renews its token on the way', async () => {
    await using world = await start({ timeline: { polls: 300 } });
    world.database.fail('list', unauthorized());
    expect((await world.wait()).status).toBe('done');
    expect(world.bench.scalingo.count('addonToken')).toBeGreaterThan(2);
  });
});

describe('a backup that comes to nothing', () => {
  it.each(['error', 'cancelled'] as const)('(%s) is a failure that names it', async (outcome) => {
    await using world = await start({ outcome });
    const error = await failureOf(world.wait());
    expect(error).toMatchObject({
      code: 'backup.failed',
      message: expect.stringContaining(`backup ${world.simulated.id} with status "${outcome}"`),
      hint: expect.any(String),
      details: { backupId: world.simulated.id, status: outcome },
    });
    expect(world.bench.fieldsOf('backup.failed')).toHaveLength(1);
  });

  it('because it vanished from the list is said to have', async () => {
    await using world = await start();
    world.database.removeBackup(world.simulated.id);
    expect(await failureOf(world.wait())).toMatchObject({
      code: 'backup.vanished',
      message: expect.stringContaining(world.simulated.id),
      hint: expect.stringContaining('newer manual backups'),
    });
    expect(polls(world)).toBe(3);
  });

  it('by the deadline is named, with its status', async () => {
    await using world = await start({ status: 'running' }, { timeout: HOUR });
    const begun = world.bench.clock.now();
    const error = await failureOf(world.wait());
    expect(error).toMatchObject({
      code: 'backup.timeout',
      message: `backup ${world.simulated.id} is still "running" after 1h 0m`,
      hint: expect.stringContaining('BACKUP_TIMEOUT'),
    });
    const waited = world.bench.clock.now() - begun;
    expect(waited).toBeLessThanOrEqual(HOUR);
    expect(waited).toBeGreaterThan(HOUR - MINUTE);
  });

  it('by the deadline is told by what was slept too: a clock that is set back makes it no longer', async () => {
    const clock = new FakeClock({ auto: true });
    await using world = await start({ status: 'running' }, { timeout: HOUR }, clock);
    let looks = 0;
    const { now } = clock;
    // Set back by an hour after ten looks.
    clock.now = () => now.call(clock) - (++looks > 10 ? HOUR : 0);
    expect(await failureOf(world.wait())).toMatchObject({ code: 'backup.timeout' });
    expect(clock.sleeps.filter((ms) => ms === 15 * SECOND).length).toBeLessThanOrEqual(4 * 60);
  });

  it('because the API never comes back ends by the deadline too', async () => {
    await using world = await start({}, { timeout: 10 * MINUTE });
    world.database.fail('list', serverError(500), Number.POSITIVE_INFINITY);
    expect(await failureOf(world.wait())).toMatchObject({
      code: 'backup.timeout',
      message: expect.stringContaining('still "unknown"'),
    });
  });

  it.each([
    ['scalingo.forbidden', forbidden()],
    ['scalingo.not_found', notFound('database')],
    ['scalingo.invalid_payload', answer(200, { database_backups: [{}] })],
  ])('because of %s ends when three polls in a row have met it twice', async (code, fault) => {
    await using world = await start();
    world.database.fail('list', fault, Number.POSITIVE_INFINITY);
    expect((await failureOf(world.wait())).code).toBe(code);
    expect(polls(world)).toBe(6);
    expect(world.bench.fieldsOf('backup.poll_failed')).toHaveLength(3);
  });

  it('because the token is refused ends at once', async () => {
    await using world = await start();
    world.database.fail('list', unauthorized(), Number.POSITIVE_INFINITY);
    expect((await failureOf(world.wait())).code).toBe('scalingo.unauthorized');
    expect(polls(world)).toBe(2);
  });
});

describe('the end of the run', () => {
  it('ends the wait between two polls at once', async () => {
    const clock = new FakeClock();
    await using world = await start({ status: 'running' }, {}, clock);
    const reason = new ArchiverError('shutdown.signal', 'stopped');
    const stop = new AbortController();
    const waiting = world.wait(stop.signal);
    waiting.catch(() => {});
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(clock.sleeping).toBe(0);
  });
});
