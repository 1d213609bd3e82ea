import { createServer as createTlsServer } from 'node:https';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './download-fixture.ts';
import {
  ADDON,
  ADDON_TOKEN,
  BACKUP_ID,
  CREATE,
  calm,
  DONE_BACKUP,
  EXCHANGE,
  INFO,
  LINK,
  LIST,
  refusalOf,
  startFixture,
} from './scalingo-fixture.ts';
import { json, type Reply, raw, ScriptedServer } from './scripted-server.ts';
import { SELF_SIGNED } from './self-signed.ts';

const MB = 1_000_000;
const listOf = (change: object): Reply => json(200, { database_backups: [{ ...DONE_BACKUP, ...change }] });

describe('a hostile list', () => {
  it.each([
    ['an id that climbs', { id: '../../etc/passwd' }],
    ['an id with a path', { id: 'a/b' }],
    ['an id that climbs in code', { id: '%2e%2e%2f' }],
    ['an id with a control character', { id: 'a\0b' }],
    ['an id of two lines', { id: 'a\nb' }],
    ['an id with U+202E', { id: 'a\u202eb' }],
    ['an id of 10 MB', { id: 'a'.repeat(10 * MB) }],
    ['a size of 2^53', { size: 2 ** 53 }],
    ['a size of 1e308', { size: 1e308 }],
    ['a size below nothing', { size: -1 }],
    ['a size in words', { size: '1; DROP TABLE' }],
    ['a date of the year 99999', { created_at: '+99999-01-01T00:00:00Z' }],
    ['a 31st of February', { created_at: '2026-02-31T00:00:00Z' }],
    ['a date of 10 MB', { created_at: '2026-01-01T00:00:00.'.padEnd(10 * MB, '0') }],
    ['a name that is an object', { name: { toString: 'x' } }],
    ['a name of controls alone', { name: '\u202e\u009b\n' }],
    ['a status that is a list', { status: ['done'] }],
  ])('with %s is refused, and its error is short', async (_, change) => {
    await using fixture = await startFixture();
    fixture.server.on(LIST, listOf(change));
    const error = await refusalOf(fixture.api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.invalid_payload', operation: LIST });
    expect(JSON.stringify(error).length).toBeLessThan(1000);
    expect(fixture.server.count(LIST)).toBe(2);
  });

  it('of 100,000 backups is read', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    const { id: _, started_at: __, ...common } = DONE_BACKUP;
    const backups = Array.from({ length: 100_000 }, (_each, n) => ({
      ...common,
      id: `b${n}`,
      name: 'n',
      method: null,
    }));
    server.on(LIST, json(200, { database_backups: backups }));
    expect(await api.list(calm())).toHaveLength(100_000);
  });

  it('beyond 16 MiB is refused, and not read again and again', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(LIST, raw(200, `{"database_backups":[${' '.repeat(17 * 2 ** 20)}]}`));
    const error = await refusalOf(api.list(calm()));
    expect(error.message).toContain('more than 16777216 bytes');
    expect(server.count(LIST)).toBe(2);
  });

  it('has its words cut, and none that a terminal would obey', async () => {
    await using fixture = await startFixture();
    const odd = `shop\u202e\u009b2J\r\n${'x'.repeat(2 * MB)}`;
    fixture.server.on(LIST, listOf({ name: odd, status: odd, database_id: odd, method: odd, type: odd }));
    const [backup] = await fixture.api.list(calm());
    const cut = `shop ${'x'.repeat(250)}`;
    expect(backup).toMatchObject({ name: cut, status: cut, databaseId: cut, method: cut, type: cut });
  });

  it.each([
    ['100,000 lists in each other', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['100,000 objects in each other', `${'{"database_backups":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    ['lists without end', '['.repeat(5 * MB)],
  ])('of %s is refused', async (_, body) => {
    await using fixture = await startFixture();
    fixture.server.on(LIST, raw(200, body));
    expect(await refusalOf(fixture.api.list(calm()))).toMatchObject({ code: 'scalingo.invalid_payload' });
  });

  it('does not change what objects are', async () => {
    await using fixture = await startFixture();
    const backup = JSON.stringify(DONE_BACKUP).replace('{', '{"__proto__":{"polluted":true},');
    fixture.server.on(LIST, raw(200, `{"__proto__":{"polluted":true},"database_backups":[${backup}]}`));
    expect(await fixture.api.list(calm())).toHaveLength(1);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a hostile response', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'names %s as the type of the database: one like any other',
    async (type) => {
      await using fixture = await startFixture();
      fixture.server.on(INFO, json(200, { database: { type_name: type } }));
      expect(await fixture.api.info(calm())).toMatchObject({ engine: type, notDownloadable: null });
    },
  );

  it.each<[string, string, Reply]>([
    ['a token of 10 MB', EXCHANGE, json(200, { token: 'a'.repeat(10 * MB) })],
    ['a token of two lines', EXCHANGE, json(200, { token: 'CANARY-1\r\nx-admin: 1' })],
    ['a token of an addon of 10 MB', ADDON_TOKEN, json(200, { addon: { token: 'a'.repeat(10 * MB) } })],
    ['a refusal of 10 MB', LIST, raw(403, 'CANARY '.repeat(1.5 * MB))],
    ['a refusal of controls', LIST, raw(403, '\u202e\u009b2J\0'.repeat(10_000))],
  ])('with %s is an error that is short', async (_, operation, reply) => {
    await using fixture = await startFixture();
    fixture.server.on(operation, reply);
    const error = await refusalOf(fixture.api.list(calm()));
    expect(JSON.stringify(error).length).toBeLessThan(2000);
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('to a creation is an outcome that is not known', async () => {
    await using fixture = await startFixture();
    const odd = { ...DONE_BACKUP, id: '../../x' };
    fixture.server.on(CREATE, json(201, { database_backup: odd }));
    expect(await refusalOf(fixture.api.create(calm()))).toMatchObject({ code: 'scalingo.create_unknown' });
    expect(fixture.server.count(CREATE)).toBe(1);
  });

  it.each([
    'ftp://host/x?token=CANARY',
    'file:///etc/passwd?token=CANARY',
    'data:text/plain,CANARY',
    'javascript:alert("CANARY")',
    '//host/x?token=CANARY',
    'http://[::1/x?token=CANARY',
    `https://host/x?token=CANARY${'x'.repeat(MB)}`,
  ])('with an odd link (%#) is refused, and its error does not repeat it', async (link) => {
    await using fixture = await startFixture();
    fixture.server.on(LINK, json(200, { download_url: link }));
    const error = await refusalOf(fixture.api.open(BACKUP_ID, { start: 0 }, calm()));
    expect(error).toMatchObject({ code: 'scalingo.invalid_payload', operation: LINK });
    expect(JSON.stringify(error)).not.toContain('CANARY');
  });
});

describe('a redirect of the API', () => {
  it.each([301, 302, 303, 307, 308])('(%i) is not followed: no credential goes elsewhere', async (status) => {
    await using elsewhere = await ScriptedServer.start();
    await using fixture = await startFixture();
    const { server, api } = fixture;
    const away = raw(status, '', { location: `${elsewhere.url}/x` });
    for (const [operation, call] of [
      [LIST, () => api.list(calm())],
      [CREATE, () => api.create(calm())],
      [LINK, () => api.open(BACKUP_ID, { start: 0 }, calm())],
      [ADDON_TOKEN, () => fixture.session.database({ app: 'my-app', id: ADDON }).list(calm())],
      [EXCHANGE, () => api.list(calm())],
    ] as const) {
      fixture.clock.set(fixture.clock.now() + 3_600_000);
      server.on(operation, away);
      expect((await refusalOf(call())).status).toBe(status);
    }
    expect(elsewhere.seen).toEqual([]);
  });
});

describe('a certificate that nothing vouches for', () => {
  it('ends every way to a server: nothing is sent', async () => {
    await using secure = await ScriptedServer.start((listener) => createTlsServer(SELF_SIGNED, listener));
    const url = `https://127.0.0.1:${secure.port}`;
    const code = 'scalingo.network';
    for (const urls of [{ authUrl: url }, { apiUrl: url }, { databaseApiUrl: url }]) {
      await using fixture = await startFixture(urls);
      expect(await refusalOf(fixture.api.list(calm()))).toMatchObject({ code, retryable: false });
    }
    await using fixture = await startFixture();
    const { server, api } = fixture;
    const open = () => api.open(BACKUP_ID, { start: 0 }, calm());
    server.on('GET /here', raw(302, '', { location: `${url}/there?token=CANARY` }));
    // By our own reader, by got (which takes links with a user), and by a redirect on both.
    const withUser = (link: string) => link.replace('://', '://user:word@');
    for (const link of [`${url}/x`, `${server.url}/here`].flatMap((plain) => [plain, withUser(plain)])) {
      server.on(LINK, json(200, { download_url: link }));
      expect(await refusalOf(open())).toMatchObject({ code, retryable: false });
    }
    expect(secure.seen).toEqual([]);
  });

  it('is no matter without encryption', async () => {
    await using fixture = await startFixture();
    const { server, api } = fixture;
    server.on(LINK, json(200, { download_url: `${server.url}/x` })).on('GET /x', raw(200, 'bytes'));
    const download = await api.open(BACKUP_ID, { start: 0 }, calm());
    expect((await bytesOf(download)).toString()).toBe('bytes');
  });
});
