import { describe, expect, it } from 'vitest';
import { ScalingoSession } from '../../../src/sources/scalingo/session.ts';
import { ADDON, API_TOKEN, APP, calm, LIST, refusalOf, startFixture } from './scalingo-fixture.ts';
import { json } from './scripted-server.ts';

describe('a ready bearer token', () => {
  const bearerToken = 'CANARY-ready-token';

  it('is used as it is, with no application', async () => {
    await using fixture = await startFixture({ bearerToken });
    const { server, session } = fixture;
    await session.database({ app: undefined, id: ADDON }).list(calm());
    expect(server.seen.map(({ operation }) => operation)).toEqual([LIST]);
    expect(server.last(LIST).headers.authorization).toBe(`Bearer ${bearerToken}`);
  });

  it('cannot be renewed: a 401 says so at once', async () => {
    await using fixture = await startFixture({ bearerToken });
    const { server, api } = fixture;
    server.on(LIST, json(401, { error: 'expired' }));
    const error = await refusalOf(api.list(calm()));
    expect(error.code).toBe('scalingo.unauthorized');
    expect(error.hint).toContain('DB_BEARER_TOKEN');
    expect(server.count(LIST)).toBe(1);
  });

  it('with a line break in it is refused here, unprinted', async () => {
    await using fixture = await startFixture({ bearerToken: 'CANARY\nline' });
    const error = await refusalOf(fixture.api.list(calm()));
    expect(error.code).toBe('scalingo.unauthorized');
    expect(JSON.stringify(error)).not.toContain('CANARY');
    expect(fixture.server.seen).toEqual([]);
  });
});

describe('a session', () => {
  it('keeps the path of a configured URL, and minds no slash at its end', async () => {
    await using fixture = await startFixture();
    const { server, clock } = fixture;
    server
      .on('POST /auth/v1/tokens/exchange', json(200, { token: 'one' }))
      .on(`POST /main/v1/apps/${APP}/addons/${ADDON}/token`, json(200, { addon: { token: 'two' } }))
      .on(`GET /db/api/databases/${ADDON}/backups`, json(200, { database_backups: [] }));
    const session = new ScalingoSession({
      authUrl: `${server.url}/auth/`,
      apiUrl: `${server.url}/main`,
      databaseApiUrl: `${server.url}/db//`,
      apiToken: API_TOKEN,
      userAgent: 'test/1',
      clock,
      random: () => 0,
    });
    expect(await session.database({ app: APP, id: ADDON }).list(calm())).toEqual([]);
    session.close();
  });

  it('refuses what it cannot work with, in words', async () => {
    await using fixture = await startFixture();
    const { server, clock } = fixture;
    const urls = { authUrl: server.url, apiUrl: server.url, databaseApiUrl: server.url };
    const common = { ...urls, userAgent: 'test/1', clock, random: () => 0 };
    expect(() => new ScalingoSession({ ...common, databaseApiUrl: 'ftp://u:CANARY@x' })).toThrow(
      'scalingo.databaseApiUrl is no http or https URL',
    );
    const tokenless = new ScalingoSession(common);
    expect(() => tokenless.database({ app: APP, id: ADDON })).toThrow('no token');
    expect(() => fixture.session.database({ app: undefined, id: ADDON })).toThrow('application');
  });

  it('closes its connections', async () => {
    await using fixture = await startFixture();
    const { server, session, api } = fixture;
    await api.list(calm());
    expect(server.open).toBe(1);
    session.close();
    await expect.poll(() => server.open).toBe(0);
  });
});
