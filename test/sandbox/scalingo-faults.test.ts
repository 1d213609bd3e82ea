import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answer,
  answerLost,
  backupRunning,
  conflict,
  cutShort,
  dropped,
  type Fault,
  forbidden,
  gate,
  hang,
  notFound,
  pass,
  paymentRequired,
  rateLimited,
  serverError,
  slow,
  unauthorized,
  unprocessable,
  unreadable,
} from '../../sandbox/scalingo/fault.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { SimulatedScalingo } from '../../sandbox/scalingo/simulated-scalingo.ts';
import { ask, DatabaseCaller } from './api-caller.ts';

let now = Date.parse('2026-03-01T12:00:00Z');
let scalingo: SimulatedScalingo;
let database: SimulatedDatabase;
let caller: DatabaseCaller;

beforeEach(async () => {
  scalingo = await SimulatedScalingo.start({ clock: { now: () => now } });
  database = scalingo.addDatabase({ app: 'shop' });
  caller = new DatabaseCaller(scalingo, database);
});
afterEach(() => scalingo.close());

describe('faults that answer', () => {
  const cases: [string, Fault, number, string][] = [
    ['rate limit as text', rateLimited(), 429, 'Retry later\n'],
    [
      'rate limit as JSON',
      rateLimited({ json: true }),
      429,
      '{"error":"Retry later","code":"too_many_requests"}',
    ],
    ['500', serverError(), 500, '{"error":"Internal Server Error"}'],
    ['503', serverError(503), 503, '<html><body><h1>We are sorry</h1></body></html>\n'],
    ['a web page', unreadable(), 200, '<html><body><h1>We are sorry</h1></body></html>\n'],
    ['a running backup', backupRunning(), 400, '{"error":"A backup is running"}'],
    ['401', unauthorized(), 401, '{"error":"unauthorized"}'],
    ['404', notFound('backup'), 404, '{"resource":"backup","error":"not found"}'],
    ['409', conflict(), 409, '{"error":"the database is being updated"}'],
    ['422', unprocessable(), 422, '{"errors":{"database":["is not ready"]}}'],
    ['anything', answer(418, { tea: true }), 418, '{"tea":true}'],
  ];
  it.each(cases)('%s', async (_, fault, status, text) => {
    database.fail('list', fault);
    const answered = await caller.get('/backups');
    expect({ status: answered.status, text: answered.text }).toEqual({ status, text });
    expect(answered.headers.get('x-request-id')).toBe(scalingo.requestsOf('list')[0]?.id);
    expect((await caller.get('/backups')).status).toBe(200);
  });

  it('says name and link with 402, and a code with 403', async () => {
    database.fail('create', [paymentRequired(), forbidden()]);
    expect((await caller.create()).json).toMatchObject({ name: 'payment_required', url: expect.any(String) });
    expect((await caller.create()).json).toMatchObject({ code: 'forbidden' });
    expect(database.backups).toHaveLength(0);
  });

  it('sends Retry-After where it is asked to', async () => {
    database.fail('list', [rateLimited({ retryAfter: 7 }), rateLimited()]);
    expect((await caller.get('/backups')).headers.get('retry-after')).toBe('7');
    expect((await caller.get('/backups')).headers.get('retry-after')).toBeNull();
  });
});

describe('faults of the connection', () => {
  it('drops before the call takes effect', async () => {
    database.fail('create', dropped());
    await expect(caller.create()).rejects.toThrow();
    expect(database.backups).toHaveLength(0);
    expect(scalingo.requestsOf('create')[0]).toMatchObject({ status: null });
  });

  it('loses the response after the call took effect', async () => {
    database.fail('create', answerLost());
    await expect(caller.create()).rejects.toThrow();
    expect(database.backups).toHaveLength(1);
    expect(scalingo.requestsOf('create')[0]).toMatchObject({ status: null });
  });

  it('answers unreadably after the call took effect', async () => {
    database.fail('create', unreadable({ status: 201, executed: true }));
    expect((await caller.create()).status).toBe(201);
    expect(database.backups).toHaveLength(1);
  });

  it('cuts the response in its middle', async () => {
    database.fail('create', cutShort());
    await expect(caller.create()).rejects.toThrow();
    expect(database.backups).toHaveLength(1);
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('never answers (executed: %s) until the client or the end of the sandbox', async (executed, backups) => {
    database.fail('create', hang({ executed }));
    const arrived = scalingo.nextRequest('create');
    const call = caller.create().then(
      () => 'answered',
      () => 'ended',
    );
    await arrived;
    await expect.poll(() => database.backups.length).toBe(backups);
    await scalingo.close();
    expect(await call).toBe('ended');
  });

  it('answers slowly', async () => {
    database.fail('list', slow(60));
    const began = performance.now();
    expect((await caller.get('/backups')).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThan(55);
  });

  it('holds a call until a gate opens', async () => {
    const door = gate();
    database.fail('list', door.fault);
    let answered = false;
    const call = caller.get('/backups').then((result) => {
      answered = true;
      return result;
    });
    await door.reached;
    // Another call is not held, and by its end the first would have been answered too.
    await caller.get();
    expect(answered).toBe(false);
    door.open();
    expect((await call).status).toBe(200);
  });
});

describe('where and when faults are met', () => {
  const statuses = async (count: number) => {
    const seen = [];
    for (let n = 0; n < count; n++) seen.push((await caller.get('/backups')).status);
    return seen;
  };

  it('in sequence, with gaps, so many times', async () => {
    database.fail('list', serverError(), 2).fail('list', [pass(), conflict()]);
    expect(await statuses(5)).toEqual([500, 500, 200, 409, 200]);
    expect(database.faults.pending('list')).toBe(0);
  });

  it('on one database, or on all', async () => {
    const other = new DatabaseCaller(scalingo, scalingo.addDatabase({ app: 'blog' }));
    database.fail('list', serverError());
    expect((await other.get('/backups')).status).toBe(200);
    scalingo.fail('list', conflict(), Infinity);
    expect(await statuses(2)).toEqual([500, 409]);
    expect((await other.get('/backups')).status).toBe(409);
    scalingo.heal();
    expect(await statuses(1)).toEqual([200]);
  });

  it('by looking at each call', async () => {
    scalingo.intercept = ({ operation }) => (operation === 'list' ? serverError(500) : undefined);
    expect(await statuses(2)).toEqual([500, 500]);
    expect((await caller.get()).status).toBe(200);
  });

  it('on the account services too', async () => {
    scalingo.fail('exchange', rateLimited());
    const url = `${scalingo.authUrl}/v1/tokens/exchange`;
    expect((await ask(url, { method: 'POST' })).status).toBe(429);
    expect((await ask(url, { method: 'POST' })).status).toBe(401);
  });
});

describe('the rate limit', () => {
  it('lets sixty a minute pass and says when to come again', async () => {
    scalingo.rateLimit = { perMinute: 60, retryAfter: true };
    for (let n = 0; n < 60; n++) expect((await caller.get()).status).toBe(200);
    now += 15_000;
    const refused = await caller.get();
    expect({ status: refused.status, text: refused.text }).toEqual({ status: 429, text: 'Retry later\n' });
    expect(refused.headers.get('retry-after')).toBe('45');
    now += 44_999;
    expect((await caller.get()).status).toBe(429);
    now += 1;
    expect((await caller.get()).status).toBe(200);
  });
});

describe('the records', () => {
  it('count by operation and database', async () => {
    const other = new DatabaseCaller(scalingo, scalingo.addDatabase({ app: 'blog' }));
    await caller.get('/backups');
    await other.get('/backups');
    await caller.create();
    await ask(`${scalingo.databaseApiUrl}/elsewhere?token=secret`);
    expect([scalingo.count('list'), scalingo.count('list', database), scalingo.count('create')]).toEqual([
      2, 1, 1,
    ]);
    expect(scalingo.requests.at(-1)).toMatchObject({ operation: null, path: '/elsewhere', status: 404 });
    expect(scalingo.requestsOf('create')[0]).toMatchObject({
      method: 'POST',
      server: 'database',
      path: `/api/databases/${database.id}/backups`,
      body: '{}',
      status: 201,
      at: now,
    });
  });

  it('leave nothing open after the end', async () => {
    await caller.get();
    await scalingo.close();
    await expect(caller.get()).rejects.toThrow();
    await scalingo.close();
  });
});
