import { describe, expect, it } from 'vitest';
import {
  answer,
  answerLost,
  backupRunning,
  cutShort,
  dropped,
  forbidden,
  hang,
  paymentRequired,
  rateLimited,
  serverError,
  unreadable,
} from '../../sandbox/scalingo/fault.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import { createBackup } from '../../src/run/create-backup.ts';
import { calm, failureOf } from '../stores/s3/store-fixture.ts';
import { HOUR, SETTINGS } from '../support/database-job.ts';
import { Workbench } from './workbench.ts';

async function start() {
  const bench = await Workbench.start();
  const database = bench.scalingo.addDatabase({ app: 'shop' });
  const old = database.addBackup({ createdAt: bench.clock.now() - 5 * HOUR });
  const create = (known = [old.id]) => createBackup(bench.job(database), new Set(known), calm());
  return { bench, database, old, create, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

/** Backups that were made on top of the one that was there. */
const made = ({ database }: Awaited<ReturnType<typeof start>>) => database.backups.length - 1;

describe('one backup is made', () => {
  it('and told', async () => {
    await using world = await start();
    const backup = await world.create();
    expect(backup).toMatchObject({ id: world.database.newestBackup.id, status: 'scheduled', size: null });
    expect(world.bench.logged).toEqual(['backup.created']);
    expect(made(world)).toBe(1);
  });

  it.each([
    ['lost', answerLost()],
    ['cut in its middle', cutShort()],
    ['a web page', unreadable({ status: 201, executed: true })],
    ['a 502, although it was done', answer(502, '<html>', { executed: true })],
    ['a 500, although it was done', answer(500, { error: 'oops' }, { executed: true })],
    ['JSON without a backup', answer(201, {}, { executed: true })],
  ])('when the response is %s: it is found in the list', async (_, fault) => {
    await using world = await start();
    world.database.fail('create', fault);
    const backup = await world.create();
    expect(backup.id).toBe(world.database.newestBackup.id);
    expect(made(world)).toBe(1);
    expect(world.bench.scalingo.count('create')).toBe(1);
    expect(world.bench.fieldsOf('backup.adopted')).toMatchObject([{ reason: 'scalingo.create_unknown' }]);
  });

  it('when the response is lost and the list shows it only later', async () => {
    await using world = await start();
    const { database, old } = world;
    // A replica behind: the first look shows what was there before.
    const hidden = answer(200, { database_backups: [listed(old.id)] });
    database.fail('create', answerLost()).fail('list', hidden, 2);
    expect((await world.create()).id).toBe(database.newestBackup.id);
    expect(made(world)).toBe(1);
  });

  it.each([
    ['nothing came of it', dropped()],
    ['the service was out', serverError(503)],
    ['the proxy was', answer(504, '<html>')],
  ])('when %s: the list is looked at before it is asked again', async (_, fault) => {
    await using world = await start();
    world.database.fail('create', fault);
    await world.create();
    expect(made(world)).toBe(1);
    const asked = world.bench.scalingo.requests.map(({ operation }) => operation);
    expect(asked.slice(asked.indexOf('create'))).toEqual(['create', 'list', 'list', 'list', 'create']);
  });

  it('when the service says to slow down: nothing was made by that', async () => {
    await using world = await start();
    world.database.fail('create', rateLimited({ retryAfter: 7 }), 2);
    await world.create();
    expect(made(world)).toBe(1);
  });

  it('whatever is lost: never more than three are asked for, and each only once none showed', async () => {
    await using world = await start();
    world.database.fail('create', dropped(), Number.POSITIVE_INFINITY);
    expect(await failureOf(world.create())).toMatchObject({
      code: 'scalingo.create_unknown',
      hint: expect.any(String),
    });
    expect(world.bench.scalingo.count('create')).toBe(3);
    expect(world.bench.scalingo.count('list')).toBe(9);
    expect(made(world)).toBe(0);
  });

  it('when the response is lost and the list cannot be read: the run fails, the next one adopts it', async () => {
    await using world = await start();
    world.database.fail('create', answerLost());
    world.database.fail('list', serverError(500), 6);
    expect((await failureOf(world.create())).code).toBe('scalingo.unavailable');
    expect(made(world)).toBe(1);
    expect(world.bench.scalingo.count('create')).toBe(1);
  });
});

describe('a backup is running', () => {
  it('one that is in flight is taken', async () => {
    await using world = await start();
    const running = world.database.addBackup({ timeline: { polls: 20 }, method: 'manual' });
    const backup = await world.create([world.old.id]);
    expect(backup.id).toBe(running.id);
    expect(world.bench.fieldsOf('backup.adopted')).toMatchObject([{ reason: 'scalingo.backup_running' }]);
  });

  it('one that the list showed before, in flight, is taken as well', async () => {
    await using world = await start();
    const running = world.database.addBackup({ timeline: { polls: 20 } });
    expect((await world.create([world.old.id, running.id])).id).toBe(running.id);
  });

  it('one that has just ended well is taken: it was not there before', async () => {
    await using world = await start();
    world.database.fail('create', backupRunning());
    const fresh = world.database.addBackup({ status: 'done' });
    expect((await world.create()).id).toBe(fresh.id);
    expect(world.bench.scalingo.count('create')).toBe(1);
  });

  it('one that has just failed is not taken: another is made', async () => {
    await using world = await start();
    world.database.fail('create', backupRunning());
    const failed = world.database.addBackup({ status: 'error' });
    const backup = await world.create();
    expect(backup.id).not.toBe(failed.id);
    expect(world.bench.scalingo.count('create')).toBe(2);
  });

  it('although nothing is in flight: asked again after a while, and given up in the end', async () => {
    await using world = await start();
    world.database.fail('create', backupRunning(), Number.POSITIVE_INFINITY);
    const begun = world.bench.clock.now();
    expect(await failureOf(world.create())).toMatchObject({ code: 'scalingo.backup_running' });
    expect(world.bench.scalingo.count('create')).toBe(3);
    expect(world.bench.clock.now() - begun).toBeGreaterThanOrEqual(6 * SETTINGS.pollInterval);
    expect(made(world)).toBe(0);
  });

  it('although nothing is in flight, for a moment only: then one is made', async () => {
    await using world = await start();
    world.database.fail('create', backupRunning(), 2);
    await world.create();
    expect(made(world)).toBe(1);
    expect(world.bench.logged).toEqual(['backup.not_created', 'backup.not_created', 'backup.created']);
  });
});

describe('no backup is made', () => {
  it.each([
    ['scalingo.forbidden', forbidden()],
    ['scalingo.payment_required', paymentRequired()],
  ])('%s, given twice, ends it', async (code, fault) => {
    await using world = await start();
    world.database.fail('create', fault, Number.POSITIVE_INFINITY);
    expect(await failureOf(world.create())).toMatchObject({ code, hint: expect.any(String) });
    expect(world.bench.scalingo.count('create')).toBe(2);
    expect(made(world)).toBe(0);
  });

  it('when the run is ended while it is asked for', async () => {
    await using world = await start();
    world.database.fail('create', hang());
    const reason = new ArchiverError('shutdown.signal', 'stopped');
    const stop = new AbortController();
    const creating = createBackup(world.bench.job(world.database), new Set(), stop.signal);
    creating.catch(() => {});
    await world.bench.scalingo.nextRequest('create');
    stop.abort(reason);
    await expect(creating).rejects.toBe(reason);
  });
});

it('a request for a backup that is cut off may have made one: the run must not begin anew', async () => {
  await using world = await start();
  world.database.fail('create', hang());
  const lost = new ArchiverError('lock.lost', 'the lease of shop was lost');
  const cut = new AbortController();
  let mayHaveMade = false;
  const creating = createBackup(world.bench.job(world.database), new Set([world.old.id]), cut.signal, () => {
    mayHaveMade = true;
  });
  creating.catch(() => {});
  await world.bench.scalingo.nextRequest('create');
  cut.abort(lost);
  await expect(creating).rejects.toBe(lost);
  expect(mayHaveMade).toBe(true);
});

function listed(id: string): Record<string, unknown> {
  return {
    id,
    created_at: '2025-12-31T20:00:00.000+01:00',
    started_at: null,
    name: 'old',
    size: 1,
    status: 'done',
    database_id: '597601234ffb097af4f3099b',
    method: 'manual',
  };
}
