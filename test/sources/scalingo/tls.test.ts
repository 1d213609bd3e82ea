import { createServer as createTlsServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf } from './download-fixture.ts';
import { ARCHIVE, BACKUP_ID, calm, LINK, LIST, refusalOf, startFixture } from './scalingo-fixture.ts';
import { json, raw, ScriptedServer } from './scripted-server.ts';
import { SELF_SIGNED } from './self-signed.ts';

const known = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...known, SELF_SIGNED.cert]));
afterAll(() => setDefaultCACertificates(known));

async function startTls() {
  const server = await ScriptedServer.start((listener) => createTlsServer(SELF_SIGNED, listener));
  const url = `https://127.0.0.1:${server.port}`;
  return { server, url };
}

describe('over TLS', () => {
  it('calls and downloads go as without', async () => {
    const { server, url } = await startTls();
    await using _closing = server;
    await using fixture = await startFixture({ bearerToken: 'ready', databaseApiUrl: url });
    server
      .on(LIST, json(200, { database_backups: [] }))
      .on(LINK, json(200, { download_url: `${url}/file?token=x` }))
      .on('GET /file', raw(200, 'bytes'));
    expect(await fixture.api.list(calm())).toEqual([]);
    const download = await fixture.api.open(BACKUP_ID, { start: 0 }, calm());
    expect((await bytesOf(download)).toString()).toBe('bytes');
  });

  it('a link without encryption is refused', async () => {
    const { server, url } = await startTls();
    await using _closing = server;
    await using fixture = await startFixture({ bearerToken: 'ready', databaseApiUrl: url });
    server.on(LINK, json(200, { download_url: 'http://127.0.0.1:1/file?token=CANARY' }));
    const error = await refusalOf(fixture.api.open(BACKUP_ID, { start: 0 }, calm()));
    expect(error.code).toBe('scalingo.invalid_payload');
    expect(error.message).toContain('"download_url" is a string that does not fit, not an https URL');
  });

  it('a redirect away from encryption is refused, and nothing is sent there', async () => {
    const { server, url } = await startTls();
    await using _closing = server;
    await using plain = await ScriptedServer.start();
    await using fixture = await startFixture({ bearerToken: 'ready', databaseApiUrl: url });
    server
      .on(LINK, json(200, { download_url: `${url}/file?token=CANARY` }))
      .on('GET /file', raw(302, '', { location: `${plain.url}/file?signature=CANARY` }));
    const error = await refusalOf(fixture.api.open(BACKUP_ID, { start: 0 }, calm()));
    expect(error).toMatchObject({ code: 'scalingo.redirected', operation: ARCHIVE, retryable: false });
    expect(JSON.stringify(error) + error.stack).not.toContain('CANARY');
    expect(plain.seen).toEqual([]);
  });
});
