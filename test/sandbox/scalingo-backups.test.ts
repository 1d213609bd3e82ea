import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { parisTime } from '../../sandbox/scalingo/simulated-backup.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { ask, DatabaseCaller } from './api-caller.ts';

const NOON = Date.parse('2026-03-01T12:00:00.178Z');
let now = NOON;
let scalingo: SimulatedScalingo;

beforeEach(async () => {
  now = NOON;
  scalingo = await SimulatedScalingo.start({ clock: { now: () => now } });
});
afterEach(() => scalingo.close());

function add(options: Partial<Parameters<SimulatedScalingo['addDatabase']>[0]> = {}) {
  const database = scalingo.addDatabase({ app: 'shop', ...options });
  return { database, caller: new DatabaseCaller(scalingo, database) };
}

describe('creating a backup', () => {
  it('answers 201 with the documented fields', async () => {
    const { database, caller } = add();
    const { status, json } = await caller.create();
    expect(status).toBe(201);
    expect(json).toEqual({
      database_backup: {
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        created_at: '2026-03-01T13:00:00.178+01:00',
        started_at: null,
        name: '20260301120000_shop-3938',
        size: null,
        status: 'scheduled',
        database_id: database.databaseId,
        method: 'manual',
      },
    });
  });

  it('goes from scheduled to done by polls', async () => {
    const { database, caller } = add({ timeline: { polls: 3 } });
    await caller.create();
    const seen = [];
    for (let n = 0; n < 5; n++) seen.push(...(await caller.statuses()));
    expect(seen).toEqual(['scheduled', 'pending', 'running', 'done', 'done']);
    expect((await caller.list())[0]).toMatchObject({ size: 256 * 1024 });
    expect(database.newestBackup.archive.size).toBe(256 * 1024);
  });

  it('goes from scheduled to its outcome by the clock', async () => {
    const { database, caller } = add({ timeline: { scheduledMs: 1000, pendingMs: 500, runningMs: 2000 } });
    database.nextBackups({ outcome: 'error' });
    await caller.create();
    const at = async (ms: number) => {
      now = NOON + ms;
      return (await caller.statuses())[0];
    };
    const seen = [];
    for (const ms of [0, 999, 1000, 1499, 1500, 3499, 3500]) seen.push(await at(ms));
    expect(seen).toEqual(['scheduled', 'scheduled', 'pending', 'pending', 'running', 'running', 'error']);
    expect((await caller.list())[0]).toMatchObject({ size: 0 });
  });

  it('shows any statuses it is told to', async () => {
    const { caller } = add({
      timeline: { statuses: ['scheduled', 'cancelling', 'levitating', 'cancelled'] },
    });
    await caller.create();
    const seen = [];
    for (let n = 0; n < 5; n++) seen.push(...(await caller.statuses()));
    expect(seen).toEqual(['scheduled', 'cancelling', 'levitating', 'cancelled', 'cancelled']);
  });

  it('refuses a second one while one is in flight', async () => {
    const { database, caller } = add();
    await caller.create();
    const { status, json } = await caller.create();
    expect(status).toBe(400);
    expect(json).toEqual({ error: 'A backup is running' });
    expect(database.backups).toHaveLength(1);
    database.refusesWhileRunning = false;
    expect((await caller.create()).status).toBe(201);
  });

  it('rolls manual backups and leaves periodic ones', async () => {
    const { database, caller } = add({ timeline: { polls: 0 }, manualLimit: 3 });
    const periodic = database.addBackup({ createdAt: NOON - 1e9 });
    const ids = [];
    for (let n = 0; n < 5; n++) {
      now += 1000;
      ids.push(((await caller.create()).json.database_backup as { id: string }).id);
    }
    const left = (await caller.list()).map(({ id }) => id);
    expect(left).toEqual([ids[4], ids[3], ids[2], periodic.id]);
    expect((await caller.get(`/backups/${ids[0]}`)).json).toEqual({ resource: 'backup', error: 'not found' });
  });

  it('makes each archive its own, or the one it is given', async () => {
    const given = syntheticArchive({ size: 500 });
    const { database, caller } = add({ timeline: { polls: 0 } });
    database.nextBackups({}, {}, { archive: given, reportedSize: 501 });
    for (let n = 0; n < 3; n++) await caller.create();
    const [first, second, third] = database.backups;
    expect(first?.archive.validator).not.toBe(second?.archive.validator);
    expect(third?.archive).toBe(given);
    expect((await caller.list()).map(({ size }) => size)).toContain(501);
  });
});

describe('looking at backups', () => {
  it('lists in the order it is told to', async () => {
    const { database, caller } = add();
    const ids = [3, 1, 2].map((day) => database.addBackup({ createdAt: NOON - day * 864e5 }).id);
    const order = async () => (await caller.list()).map(({ id }) => ids.indexOf(String(id)));
    expect(await order()).toEqual([1, 2, 0]);
    database.listOrder = 'oldest-first';
    expect(await order()).toEqual([0, 2, 1]);
    database.listOrder = 'shuffled';
    expect((await order()).sort()).toEqual([0, 1, 2]);
  });

  it('shows a single one, with and without its database', async () => {
    const { database, caller } = add();
    const { id } = database.addBackup({ status: 'running', method: 'manual' });
    const { json } = await caller.get(`/backups/${id}`);
    expect(json).toMatchObject({ database_backup: { id, status: 'running', method: 'manual' } });
    const short = await ask(`${scalingo.databaseApiUrl}/api/backups/${id}`, { bearer: caller.bearer });
    expect(short.json).toEqual(json);
    expect((await ask(`${scalingo.databaseApiUrl}/api/backups/${id}`)).status).toBe(401);
  });

  it('can be reshaped and fixed by a test', async () => {
    const { database, caller } = add();
    const backup = database.addBackup();
    database.reshape = ({ id, ...rest }) => ({ ...rest, created_at: 'yesterday' });
    expect(await caller.list()).toEqual([expect.not.objectContaining({ id: backup.id })]);
    backup.setStatus('cancelled');
    expect(await caller.statuses()).toEqual(['cancelled']);
    database.removeBackup(backup.id);
    expect(await caller.list()).toEqual([]);
  });

  it.each([
    ['GET', '/api/databases/ad-none/backups', 404],
    ['PUT', '/api/databases/ID/backups', 404],
    ['DELETE', '/api/databases/ID/backups/1', 404],
    ['GET', '/api/databases/ID/backups/1', 404],
    ['GET', '/api/databases/ID/backups/1/archive', 404],
    ['POST', '/api/databases/ID', 404],
    ['GET', '/api/backups/1', 404],
    ['GET', '/databases/ID', 404],
  ])('answers %s %s with %i', async (method, path, status) => {
    const { database, caller } = add();
    const url = `${scalingo.databaseApiUrl}${path.replace('ID', database.id)}`;
    const answer = await ask(url, { method, bearer: caller.bearer });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: 'not found' });
  });

  it('asks for a bearer everywhere', async () => {
    const { database } = add();
    const { id } = database.addBackup();
    for (const path of ['', '/backups', `/backups/${id}`, `/backups/${id}/archive`]) {
      const answer = await ask(`${scalingo.databaseApiUrl}/api/databases/${database.id}${path}`);
      expect(answer.status).toBe(401);
      expect(answer.json).toEqual({ error: 'unauthorized' });
    }
  });
});

describe('types without archives', () => {
  it.each(['elasticsearch', 'opensearch'])('%s has backups but no links', async (type) => {
    const { database, caller } = add({ type });
    const { id } = database.addBackup();
    expect(await caller.list()).toHaveLength(1);
    const { status, json } = await caller.get(`/backups/${id}/archive`);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error: `backups of ${type} databases cannot be downloaded` });
  });

  it('postgresql-ng has no backups at all', async () => {
    const { caller } = add({ type: 'postgresql-ng' });
    expect(await caller.list()).toEqual([]);
    expect((await caller.create()).status).toBe(400);
  });
});

describe('times', () => {
  it('are local, with the offset of Paris', () => {
    expect(parisTime(Date.parse('2018-09-02T01:00:00.178Z'))).toBe('2018-09-02T03:00:00.178+02:00');
    expect(parisTime(Date.parse('2026-03-29T00:59:59Z'))).toBe('2026-03-29T01:59:59.000+01:00');
    expect(parisTime(Date.parse('2026-03-29T01:00:00Z'))).toBe('2026-03-29T03:00:00.000+02:00');
  });
});
