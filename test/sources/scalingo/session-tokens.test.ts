import { describe, expect, it } from 'vitest';
import {
  ADDON,
  ADDON_TOKEN,
  API_TOKEN,
  APP,
  calm,
  EXCHANGE,
  jwt,
  LIST,
  refusalOf,
  startFixture,
} from './scalingo-fixture.ts';
import { hangUp, json, raw } from './scripted-server.ts';

describe('the three steps', () => {
  it('exchange the API token, fetch the addon token, and use it as bearer', async () => {
    await using fixture = await startFixture();
    const { server, api, issued } = fixture;
    await api.list(calm());
    expect(server.seen.map(({ operation }) => operation)).toEqual([EXCHANGE, ADDON_TOKEN, LIST]);
    const basic = Buffer.from(`:${API_TOKEN}`).toString('base64');
    expect(server.last(EXCHANGE).headers.authorization).toBe(`Basic ${basic}`);
    expect(server.last(ADDON_TOKEN).headers.authorization).toBe(`Bearer ${issued[0]}`);
    expect(server.last(LIST).headers.authorization).toBe(`Bearer ${issued[1]}`);
    expect(server.last(EXCHANGE).body).toBe('{}');
    expect(server.last(ADDON_TOKEN).body).toBe('{}');
    for (const { headers } of server.seen) {
      expect(headers['user-agent']).toBe('backup-archiver/1.2.3');
      expect(headers.accept).toBe('application/json');
    }
  });

  it('are taken once for many calls, and by one connection', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    await Promise.all(Array.from({ length: 5 }, () => api.list(calm())));
    await api.list(calm());
    expect(server.count(EXCHANGE)).toBe(1);
    expect(server.count(ADDON_TOKEN)).toBe(1);
    expect(server.count(LIST)).toBe(6);
    const before = server.last(LIST).connection;
    await api.list(calm());
    expect(server.last(LIST).connection).toBe(before);
  });

  it('share the first step over databases, the second only within one', async () => {
    await using fixture = await startFixture();
    const { server, session, api } = fixture;
    server
      .on(`POST /v1/apps/other/addons/ad-2/token`, json(200, { addon: { token: 'second-token' } }))
      .on('GET /api/databases/ad-2/backups', json(200, { database_backups: [] }));
    const second = session.database({ app: 'other', id: 'ad-2' });
    const again = session.database({ app: APP, id: ADDON });
    await Promise.all([api.list(calm()), second.list(calm()), again.list(calm())]);
    expect(server.count(EXCHANGE)).toBe(1);
    expect(server.count(ADDON_TOKEN)).toBe(1);
    expect(server.last('GET /api/databases/ad-2/backups').headers.authorization).toBe('Bearer second-token');
  });

  it('are renewed before the hour ends', async () => {
    await using fixture = await startFixture();
    const { server, api, clock } = fixture;
    await api.list(calm());
    clock.set(clock.now() + 56 * 60_000);
    await api.list(calm());
    expect(server.count(EXCHANGE)).toBe(2);
    expect(server.count(ADDON_TOKEN)).toBe(2);
  });
});

describe('a 401', () => {
  it('renews the addon token once and repeats the call once', async () => {
    await using fixture = await startFixture();
    const { server, api, issued } = fixture;
    server.on(LIST, json(401, { error: 'expired' }), json(200, { database_backups: [] }));
    expect(await api.list(calm())).toEqual([]);
    expect(server.count(ADDON_TOKEN)).toBe(2);
    expect(server.count(EXCHANGE)).toBe(1);
    expect(server.last(LIST).headers.authorization).toBe(`Bearer ${issued[2]}`);
  });

  it('is final when it comes again', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(LIST, json(401, { error: 'no' }, { 'x-request-id': 'req-401' }));
    const error = await refusalOf(api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.unauthorized', status: 401, requestId: 'req-401' });
    expect(error.hint).toContain('region');
    expect(server.count(LIST)).toBe(2);
  });

  it('of the main API renews the exchanged token', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(ADDON_TOKEN, json(401, { error: 'expired' }), json(200, { addon: { token: 'fine' } }));
    await api.list(calm());
    expect(server.count(EXCHANGE)).toBe(2);
    expect(server.last(LIST).headers.authorization).toBe('Bearer fine');
  });

  it('of the exchange says that the API token is wrong, and is not repeated', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(EXCHANGE, json(401, { error: `no such token ${API_TOKEN}` }));
    const error = await refusalOf(api.list(calm()));
    expect(error.code).toBe('scalingo.unauthorized');
    expect(error.hint).toContain('SCALINGO_API_TOKEN');
    expect(error.message).toBe(
      'POST /v1/tokens/exchange was answered 401 (Unauthorized): no such token [hidden]',
    );
    expect(server.seen).toHaveLength(1);
  });

  it('for concurrent calls costs one renewal', async () => {
    await using fixture = await startFixture();
    const { server, api, issued } = fixture;
    await api.list(calm());
    const old = `Bearer ${issued[1]}`;
    server.on(LIST, (response, seen) =>
      seen.headers.authorization === old
        ? json(401, { error: 'expired' })(response, seen)
        : json(200, { database_backups: [] })(response, seen),
    );
    await Promise.all(Array.from({ length: 6 }, () => api.list(calm())));
    expect(server.count(ADDON_TOKEN)).toBe(2);
  });
});

describe('the token calls', () => {
  it('are repeated after a cut, an error page and a limit', async () => {
    await using fixture = await startFixture();
    const { server, api, clock } = fixture;
    const token = jwt('late', clock.now());
    server
      .on(EXCHANGE, hangUp, raw(502, '<html>Bad gateway</html>'), json(200, { token }))
      .on(ADDON_TOKEN, raw(429, 'Retry later'), raw(200, '<html>'), json(200, { addon: { token } }));
    await api.list(calm());
    expect(server.count(EXCHANGE)).toBe(3);
    expect(server.count(ADDON_TOKEN)).toBe(3);
  });

  it('are told in the log of the run that needs the token', async () => {
    await using fixture = await startFixture();
    const { server, session, log } = fixture;
    server.on(EXCHANGE, raw(503, 'down'), json(200, { token: 'account-token' }));
    const own = { runId: 'r1', database: 'shop' };
    const api = session.database({ app: APP, id: ADDON, log: log.child(own) });
    await api.list(calm());
    expect(log.events.map(({ fields }) => fields.operation)).toEqual([
      EXCHANGE,
      EXCHANGE,
      EXCHANGE,
      ADDON_TOKEN,
      LIST,
    ]);
    for (const { fields } of log.events) expect(fields).toMatchObject(own);
  });

  it('do not multiply the tries of the call that needs them', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(EXCHANGE, raw(503, 'down'));
    const error = await refusalOf(api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.unavailable', retryable: true });
    expect(server.count(EXCHANGE)).toBe(6);
  });

  it.each([
    ['missing', {}, '"token" is missing'],
    ['empty', { token: '' }, '"token" is empty'],
    ['a number', { token: 5 }, '"token" is a number'],
    ['two lines', { token: 'CANARY\nx: y' }, '"token" is a string that does not fit'],
  ])('refuse a token that is %s without printing it', async (_name, body, message) => {
    await using fixture = await startFixture();
    fixture.server.on(EXCHANGE, json(200, body));
    const error = await refusalOf(fixture.api.list(calm()));
    expect(error.code).toBe('scalingo.invalid_payload');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('CANARY');
  });

  it('name what to check when the addon is not known', async () => {
    await using fixture = await startFixture();
    fixture.server.on(ADDON_TOKEN, json(404, { resource: 'Addon', error: 'not found' }));
    const error = await refusalOf(fixture.api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.not_found', operation: ADDON_TOKEN, retryable: false });
    expect(error.message).toContain('not found, resource Addon');
    expect(error.hint).toContain('24-hex');
  });

  it('escape what stands in their path', async () => {
    await using fixture = await startFixture();
    const { server, session } = fixture;
    const api = session.database({ app: 'a/../b', id: 'ad/x?y' });
    await refusalOf(api.list(calm()));
    expect(server.seen.at(-1)?.url).toBe('/v1/apps/a%2F..%2Fb/addons/ad%2Fx%3Fy/token');
  });
});
