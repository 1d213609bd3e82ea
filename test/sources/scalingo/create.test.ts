import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ArchiverError } from '../../../src/model/errors.ts';
import {
  ADDON_TOKEN,
  API_TOKEN,
  CREATE,
  calm,
  DONE_BACKUP,
  LIST,
  refusalOf,
  startFixture,
} from './scalingo-fixture.ts';
import { hangUp, json, type Reply, raw, silence, truncated } from './scripted-server.ts';

const CREATED = json(201, {
  database_backup: { ...DONE_BACKUP, status: 'scheduled', size: null, started_at: null, method: 'manual' },
});

describe('creating a backup', () => {
  it('gives what was created', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(CREATE, CREATED);
    expect(await api.create(calm())).toEqual({
      id: DONE_BACKUP.id,
      databaseId: DONE_BACKUP.database_id,
      createdAt: new Date('2018-09-02T01:00:00.178Z'),
      startedAt: null,
      name: DONE_BACKUP.name,
      size: null,
      status: 'scheduled',
      method: 'manual',
    });
    expect(server.count(CREATE)).toBe(1);
  });

  it.each<[string, Reply]>([
    ['a cut connection', hangUp],
    ['silence', silence],
    ['a 201 cut short', truncated('{"database_backup": {')],
    ['a 201 that is no JSON', raw(201, '<html>')],
    ['a 201 that is empty', raw(201, '')],
    ['a 201 without an id', json(201, { database_backup: { status: 'scheduled' } })],
    ['a redirect, which may lead to what was made', raw(303, '', { location: 'http://127.0.0.1:1/' })],
    ['408', raw(408, '')],
    ['500', json(500, { error: 'oops' })],
    ['502', raw(502, '<html>')],
    ['503 with Retry-After', raw(503, '', { 'retry-after': '1' })],
    ['504', raw(504, '')],
  ])('is sent once, and its outcome is unknown after %s', async (_name, reply) => {
    await using fixture = await startFixture({ timeouts: { response: 100 } });
    const { server, api } = fixture;
    server.on(CREATE, reply, CREATED);
    const error = await refusalOf(api.create(calm()));
    expect(error).toMatchObject({ code: 'scalingo.create_unknown', operation: CREATE, retryable: false });
    expect(error.hint).toContain('List the backups');
    expect(server.count(CREATE)).toBe(1);
  });

  it.each<[number, string]>([
    [400, 'A backup is running'],
    [400, 'a backup is already running for this database'],
    [409, 'A backup is running'],
  ])('meets a running one: %i %s', async (status, text) => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(CREATE, json(status, { error: text }));
    expect(await refusalOf(api.create(calm()))).toMatchObject({ code: 'scalingo.backup_running', status });
    expect(server.count(CREATE)).toBe(1);
  });

  it.each<[number, string]>([
    [400, 'scalingo.bad_request'],
    [402, 'scalingo.payment_required'],
    [403, 'scalingo.forbidden'],
    [404, 'scalingo.not_found'],
    [409, 'scalingo.conflict'],
    [422, 'scalingo.bad_request'],
  ])('is refused by %i, given twice', async (status, code) => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(CREATE, json(status, { error: 'no' }));
    expect(await refusalOf(api.create(calm()))).toMatchObject({ code, status, retryable: false });
    expect(server.count(CREATE)).toBe(2);
  });

  it('is repeated after a 429: nothing was created', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(CREATE, raw(429, 'Retry later'), raw(429, 'Retry later', { 'retry-after': '7' }), CREATED);
    expect((await api.create(calm()))?.id).toBe(DONE_BACKUP.id);
    expect(server.count(CREATE)).toBe(3);
  });

  it('is repeated once after a 401: it was refused', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(CREATE, json(401, { error: 'expired' }), CREATED);
    await api.create(calm());
    expect(server.count(CREATE)).toBe(2);
    expect(server.count(ADDON_TOKEN)).toBe(2);
    server.on(CREATE, json(401, { error: 'expired' }));
    expect(await refusalOf(api.create(calm()))).toMatchObject({ code: 'scalingo.unauthorized' });
    expect(server.count(CREATE)).toBe(4);
  });

  it('uses a connection of its own: one kept alive may be dead', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    await api.list(calm());
    server.on(CREATE, CREATED);
    await api.create(calm());
    await api.create(calm());
    const connections = server.seen.map(({ connection }) => connection);
    expect(new Set(connections.slice(-2)).size).toBe(2);
    expect(connections.slice(-2)).not.toContain(server.last(LIST).connection);
  });

  it('is repeated where no connection was made: nothing was sent', async () => {
    // A port that nobody listens on: it was free a moment ago.
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
    const address = probe.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await new Promise((resolve) => probe.close(resolve));
    await using fixture = await startFixture({
      bearerToken: API_TOKEN,
      databaseApiUrl: `http://127.0.0.1:${port}`,
    });
    const error = await refusalOf(fixture.api.create(calm()));
    expect(error).toMatchObject({ code: 'scalingo.network', retryable: true });
    expect(error.message).toContain('refused (ECONNREFUSED)');
    expect(fixture.log.named('scalingo.retried')).toHaveLength(5);
  });

  it('is repeated where the TLS handshake broke off: nothing was sent', async () => {
    const server = createServer((socket) => {
      socket.once('data', () => socket.destroy());
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await using fixture = await startFixture({
      bearerToken: API_TOKEN,
      databaseApiUrl: `https://127.0.0.1:${port}`,
    });
    expect(await refusalOf(fixture.api.create(calm()))).toMatchObject({ code: 'scalingo.network' });
    expect(fixture.log.named('scalingo.retried')).toHaveLength(5);
    await new Promise((resolve) => server.close(resolve));
  });

  it('that is aborted tells the reason, whatever was lost by it', async () => {
    await using fixture = await startFixture();
    const controller = new AbortController();
    const reason = new ArchiverError('shutdown.signal', 'SIGTERM');
    fixture.server.on(CREATE, (response) => {
      response.writeHead(201);
      response.write('{', () => setImmediate(() => controller.abort(reason)));
    });
    await expect(fixture.api.create(controller.signal)).rejects.toBe(reason);
    expect(fixture.server.count(CREATE)).toBe(1);
  });

  it('sends nothing when the tokens cannot be had', async () => {
    await using fixture = await startFixture();
    fixture.server.on(ADDON_TOKEN, raw(500, ''));
    expect(await refusalOf(fixture.api.create(calm()))).toMatchObject({ code: 'scalingo.unavailable' });
    expect(fixture.server.count(CREATE)).toBe(0);
  });
});
