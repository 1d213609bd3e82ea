import { createServer as createTlsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { SourceDatabase } from '../../../src/ports/backup-source.ts';
import { ScalingoError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { bytesOf } from './download-fixture.ts';
import {
  ADDON_TOKEN,
  API_TOKEN,
  ARCHIVE,
  BACKUP_ID,
  CREATE,
  calm,
  EXCHANGE,
  type Fixture,
  INFO,
  LINK,
  LIST,
  refusalOf,
  startFixture,
} from './scalingo-fixture.ts';
import { hangUp, json, type Reply, raw, silence, truncated } from './scripted-server.ts';
import { SELF_SIGNED } from './self-signed.ts';

describe('a refusal', () => {
  it.each<[Reply, string, string]>([
    [
      json(400, { error: 'bad thing', code: 'invalid' }),
      'scalingo.bad_request',
      '400 (Bad Request): bad thing, code invalid',
    ],
    [
      json(402, { name: 'payment', error: 'pay', url: 'https://x' }),
      'scalingo.payment_required',
      '402 (Payment Required): pay, name payment',
    ],
    [
      json(403, { error: 'no', code: 'forbidden' }),
      'scalingo.forbidden',
      '403 (Forbidden): no, code forbidden',
    ],
    [
      json(404, { resource: 'Database', error: 'not found' }),
      'scalingo.not_found',
      '404 (Not Found): not found, resource Database',
    ],
    [json(409, { error: 'busy' }), 'scalingo.conflict', '409 (Conflict): busy'],
    [
      json(422, { errors: { name: ['is short', 'is taken'], plan: 'is odd' } }),
      'scalingo.bad_request',
      '422 (Unprocessable Entity): name is short and is taken, plan is odd',
    ],
    [raw(404, '<html><body>nginx</body></html>'), 'scalingo.not_found', '404 (Not Found): an HTML page'],
    [raw(403, ''), 'scalingo.forbidden', '403 (Forbidden)'],
    [
      json(400, { error: 'A backup is running' }),
      'scalingo.bad_request',
      '400 (Bad Request): A backup is running',
    ],
    [raw(403, '"quoted"'), 'scalingo.forbidden', '403 (Forbidden): quoted'],
    [raw(403, '[1]'), 'scalingo.forbidden', '403 (Forbidden)'],
    [json(403, { error: { nested: true } }), 'scalingo.forbidden', '403 (Forbidden)'],
    [
      raw(301, '', { location: 'https://elsewhere/?token=CANARY' }),
      'scalingo.redirected',
      '301 (Moved Permanently)',
    ],
    [raw(304, ''), 'scalingo.redirected', '304 (Not Modified)'],
    [raw(418, 'teapot'), 'scalingo.bad_request', "418 (I'm a Teapot): teapot"],
    [raw(499, 'x'), 'scalingo.bad_request', '499: x'],
  ])('%# reads well', async (reply, code, text) => {
    await using fixture = await startFixture();
    fixture.server.on(INFO, reply);
    const error = await refusalOf(fixture.api.info(calm()));
    expect(error).toMatchObject({
      code,
      requestId: 'req-1',
      operation: INFO,
      message: `${INFO} was answered ${text}`,
    });
    expect(fixture.server.count(INFO)).toBe(2);
  });

  it.each([
    [402, 'billing'],
    [403, 'limited collaborator'],
    [404, 'ad-…'],
  ])('%i has a hint', async (status, hint) => {
    await using fixture = await startFixture();
    fixture.server.on(INFO, json(status, { error: 'no' }));
    expect((await refusalOf(fixture.api.info(calm()))).hint).toContain(hint);
  });

  it('has no request id where the service sent none, or nonsense', async () => {
    await using fixture = await startFixture();
    fixture.server.on(INFO, raw(403, '', { 'x-request-id': 'an id with spaces' }));
    expect((await refusalOf(fixture.api.info(calm()))).requestId).toBeUndefined();
  });
});

describe('a certificate that does not fit', () => {
  it('is told as such, and not asked again', async () => {
    const server = createTlsServer(SELF_SIGNED);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await using fixture = await startFixture({
      bearerToken: 'x1234',
      databaseApiUrl: `https://127.0.0.1:${port}`,
    });
    const error = await refusalOf(fixture.api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.network', retryable: false });
    expect(error.message).toContain('certificate was not accepted');
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('what is no HTTP', () => {
  it('is told as such', async () => {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.end('220 ftp ready\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await using fixture = await startFixture({
      bearerToken: 'x1234',
      databaseApiUrl: `http://127.0.0.1:${port}`,
    });
    const error = await refusalOf(fixture.api.list(calm()));
    expect(error).toMatchObject({ code: 'scalingo.network' });
    expect(error.message).toContain('not HTTP (HPE_');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

/** Repeats every secret of the request in its response, as a talkative service would. */
function parrot(
  status: number,
  wrap: (text: string) => string = (text) => JSON.stringify({ error: text }),
): Reply {
  return (response, seen) => {
    const token = seen.headers.authorization?.split(' ')[1] ?? '';
    const plain = Buffer.from(token, 'base64').toString();
    const text = `you sent ${seen.headers.authorization} i.e. ${plain} ${plain.slice(1)} to http://x${seen.url}`;
    raw(status, wrap(text))(response, seen);
  };
}

describe('no secret', () => {
  const bodies: [string, Reply][] = [
    ['401', parrot(401)],
    ['403', parrot(403)],
    ['404 in plain text', parrot(404, (text) => text)],
    ['422', parrot(422, (text) => JSON.stringify({ errors: { token: [text] } }))],
    ['429', parrot(429, (text) => text)],
    ['500', parrot(500)],
    ['200 with no JSON', parrot(200, (text) => text)],
    ['200 with other JSON', parrot(200)],
    ['a cut', hangUp],
    ['a truncated answer', truncated('{"token":"CANARY')],
    ['silence', silence],
    [
      'a redirect',
      (response, seen) => raw(302, '', { location: `http://127.0.0.1:1/${seen.url}` })(response, seen),
    ],
  ];
  const calls: [string, (api: SourceDatabase) => Promise<unknown>][] = [
    [EXCHANGE, (api) => api.list(calm())],
    [ADDON_TOKEN, (api) => api.list(calm())],
    [LIST, (api) => api.list(calm())],
    [CREATE, (api) => api.create(calm())],
    [LINK, (api) => api.open(BACKUP_ID, { start: 0 }, calm())],
    [ARCHIVE, (api) => api.open(BACKUP_ID, { start: 5 }, calm()).then(bytesOf)],
  ];

  function link({ server }: Fixture): void {
    const path = ARCHIVE.slice('GET '.length);
    server.on(LINK, json(200, { download_url: `${server.url}${path}?token=CANARY-link&x=CANARY-too` }));
  }

  const cases = calls.flatMap(([operation, call]) =>
    bodies.map(([name, reply]) => ({ operation, call, name, reply })),
  );
  it.each(cases)(
    'is in the error of $operation answered by $name',
    async ({ operation, call, name, reply }) => {
      await using fixture = await startFixture({ timeouts: { response: 60, request: 120 } });
      link(fixture);
      fixture.server.on(operation, reply);
      const error = await call(fixture.api).catch((thrown: unknown) => thrown);
      expect(fixture.server.count(operation)).toBeGreaterThan(0);
      // Any 200 is a fine archive here: only its reader can tell an error text.
      const mayPass = operation === ARCHIVE && name.startsWith('200');
      expect(error instanceof ScalingoError).toBe(!mayPass);
      if (!(error instanceof ScalingoError)) return;
      expect(error.cause).toBeUndefined();
      const prints = [
        JSON.stringify(error),
        inspect(error, { depth: 10, showHidden: true }),
        error.stack ?? '',
        JSON.stringify(fixture.log.events),
        inspect(fixture.log.events, { depth: 12, showHidden: true }),
      ];
      const basic = Buffer.from(`:${API_TOKEN}`).toString('base64');
      for (const print of prints) {
        for (const secret of ['CANARY', API_TOKEN, basic, ...fixture.issued])
          expect(print).not.toContain(secret);
      }
    },
  );
});
