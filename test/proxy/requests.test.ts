import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpClient } from '../../src/http/http-client.ts';
import { readText } from '../../src/http/read-text.ts';
import { Proxies } from '../../src/proxy/http-proxy.ts';
import { transportError } from '../../src/sources/scalingo/api/scalingo-error.ts';
import { raw, ScriptedServer } from '../sources/scalingo/scripted-server.ts';
import { SELF_SIGNED } from '../sources/scalingo/self-signed.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { AcceptedConnections, ProxyServer, type ProxyServerOptions } from '../support/proxy-server.ts';
import { fullPort, silentPort } from '../support/unreached.ts';

const TIMEOUTS = { lookup: 110, connect: 120, secureConnect: 130, response: 5_000, request: 5_000 };
const BODY = '0123456789'.repeat(60_000);
const KINDS = ['api', 'archive'] as const;
const SCHEMES = ['http', 'https'] as const;
const WAYS = KINDS.flatMap((kind) => SCHEMES.map((scheme) => ({ kind, scheme })));
type Way = (typeof WAYS)[number];

const known = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...known, SELF_SIGNED.cert]));
afterAll(() => setDefaultCACertificates(known));

/** A server, a proxy, and a client that goes by it. */
async function start(
  { kind, scheme }: Way,
  options: ProxyServerOptions = {},
  { login, none, url }: { login?: string; none?: string; url?: string } = {},
) {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(
    await ScriptedServer.start(
      scheme === 'https' ? (listener) => createTlsServer(SELF_SIGNED, listener) : undefined,
    ),
  );
  const proxy = stack.use(await ProxyServer.start({ names: { 'wrong.test:443': server.url }, ...options }));
  const by = url ?? proxy.url(login);
  const client = new HttpClient({
    userAgent: 'tests',
    makeError: transportError,
    timeouts: TIMEOUTS,
    proxies: new Proxies({ https: by, http: by, none }),
  });
  stack.defer(() => client.close());
  const ask = async (target = `${scheme}://127.0.0.1:${server.port}/file?x=1`, signal = calm()) => {
    const asked = {
      method: 'GET',
      url: target,
      operation: 'GET it',
      headers: {},
      kind,
      freshConnection: false,
    };
    const opened = await client.open(asked as never, signal);
    if (opened.response === undefined) return opened;
    const { text } = await readText(opened.response.body, { bytes: 1e6 });
    return { status: opened.response.status, text, failure: undefined };
  };
  const held = stack.move();
  return { server, proxy, ask, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe.each(WAYS)('a request of kind $kind by $scheme', (way) => {
  it.each([{ secure: false }, { secure: true }])(
    'goes by the proxy only (TLS to it: $secure)',
    async (to) => {
      using accepted = new AcceptedConnections();
      await using fixture = await start(way, to);
      fixture.server.on('GET /file', raw(200, BODY), raw(200, BODY));
      expect(await fixture.ask()).toMatchObject({ status: 200, text: BODY });
      expect(await fixture.ask()).toMatchObject({ status: 200, text: BODY });
      const host = `127.0.0.1:${fixture.server.port}`;
      const asked =
        way.scheme === 'https' ? [`CONNECT ${host}`] : Array(2).fill(`GET http://${host}/file?x=1`);
      expect(fixture.proxy.asked).toEqual(asked);
      // The second request goes over the connection of the first.
      expect(fixture.proxy.connections).toBe(1);
      expect(accepted.past(fixture.proxy)).toEqual([]);
      expect(fixture.server.seen).toHaveLength(2);
      for (const { url, headers } of fixture.server.seen) {
        expect(url).toBe('/file?x=1');
        expect(headers.host).toBe(host);
      }
    },
  );

  it('gives its login to the proxy, and to nothing else', async () => {
    await using fixture = await start(way, { login: 'us@er:pass/word' }, { login: 'us%40er:pass%2Fword' });
    fixture.server.on('GET /file', raw(200, 'bytes'));
    expect(await fixture.ask()).toMatchObject({ status: 200, text: 'bytes' });
    expect(JSON.stringify(fixture.server.seen)).not.toMatch(/proxy-auth/i);
  });

  it.each([
    ['no login', undefined, 'demands a login (407)'],
    ['a wrong one', 'user:CANARY-password', 'does not accept the login in its URL (407)'],
  ])('with %s is refused by the proxy, which the error says', async (_, login, words) => {
    await using fixture = await start(way, { login: 'user:right' }, login === undefined ? {} : { login });
    const { failure } = await fixture.ask();
    const { port } = fixture.server;
    expect(failure?.error).toMatchObject({
      code: 'scalingo.network',
      message: `GET it: no response from 127.0.0.1:${port}: the proxy 127.0.0.1:${fixture.proxy.port} ${words}`,
      hint: expect.stringContaining('http://user:password@host:port'),
      retryable: false,
    });
    expect(failure?.neverSent).toBe(true);
    expect(JSON.stringify(failure?.error)).not.toContain('CANARY');
    expect(fixture.server.seen).toEqual([]);
  });

  it('names a proxy that refuses connections', async () => {
    const closed = await ProxyServer.start();
    const url = closed.url('user:CANARY-password');
    await closed[Symbol.asyncDispose]();
    using accepted = new AcceptedConnections();
    await using fixture = await start(way, {}, { url });
    const { failure } = await fixture.ask();
    expect(failure?.error).toMatchObject({
      code: 'scalingo.network',
      message: `GET it: no response from 127.0.0.1:${fixture.server.port}: the proxy ${new URL(url).host} cannot be used: the connection was refused (ECONNREFUSED)`,
      hint: expect.stringContaining('HTTPS_PROXY'),
      retryable: true,
    });
    expect(failure?.neverSent).toBe(true);
    expect(accepted.past(fixture.proxy)).toEqual([]);
  });

  it('gives up on a proxy that cannot be reached', async () => {
    await using full = await fullPort();
    await using fixture = await start(way, {}, { url: `http://127.0.0.1:${full.port}` });
    const { failure } = await fixture.ask();
    expect(failure?.error).toMatchObject({
      code: 'scalingo.timeout',
      message: expect.stringContaining(`the proxy 127.0.0.1:${full.port} gave no connection within 120 ms`),
    });
  });

  it('goes directly to what NO_PROXY names', async () => {
    await using fixture = await start(way, {}, { none: 'other.test,127.0.0.0/8' });
    fixture.server.on('GET /file', raw(200, 'bytes'));
    expect(await fixture.ask()).toMatchObject({ status: 200, text: 'bytes' });
    expect(fixture.proxy.connections).toBe(0);
  });
});

describe.each(KINDS)('a tunnel for a request of kind %s', (kind) => {
  const way = { kind, scheme: 'https' } as const;

  it.each([
    [403, 'refuses to connect to', false, 'NO_PROXY'],
    [502, 'did not get through to', true, 'name and the port'],
    [503, 'did not get through to', true, 'name and the port'],
  ])('that the proxy answers with %i is an error of its own', async (status, words, retryable, hint) => {
    await using fixture = await start(way, { status });
    const host = `127.0.0.1:${fixture.server.port}`;
    expect((await fixture.ask()).failure?.error).toMatchObject({
      code: 'scalingo.network',
      message: `GET it: no response from ${host}: the proxy 127.0.0.1:${fixture.proxy.port} ${words} ${host} (${status})`,
      hint: expect.stringContaining(hint),
      retryable,
    });
  });

  it('that the proxy never answers is given up', async () => {
    await using silent = await silentPort();
    await using fixture = await start(way, {}, { url: `http://127.0.0.1:${silent.port}` });
    expect((await fixture.ask()).failure?.error).toMatchObject({
      code: 'scalingo.timeout',
      message: expect.stringMatching(
        /the proxy 127\.0\.0\.1:\d+ gave no response to CONNECT .* within 230 ms/,
      ),
    });
  });

  it('whose target never shakes hands is given up', async () => {
    await using silent = await silentPort();
    await using fixture = await start(way);
    const { failure } = await fixture.ask(`https://127.0.0.1:${silent.port}/`);
    expect(failure?.error).toMatchObject({
      code: 'scalingo.timeout',
      message: expect.stringContaining(`gave no TLS handshake with 127.0.0.1:${silent.port} within 130 ms`),
    });
    expect(failure?.neverSent).toBe(true);
  });

  it('checks the certificate against the name of the target', async () => {
    await using fixture = await start(way);
    const { failure } = await fixture.ask('https://wrong.test/file');
    expect(failure?.error).toMatchObject({
      message: expect.stringContaining(
        `from wrong.test through the proxy 127.0.0.1:${fixture.proxy.port}: the TLS certificate was not accepted (ERR_TLS_CERT_ALTNAME_INVALID)`,
      ),
    });
    expect(fixture.server.seen).toEqual([]);
  });

  it('is not waited for when the request is over', async () => {
    await using silent = await silentPort();
    await using fixture = await start(way, {}, { url: `http://127.0.0.1:${silent.port}` });
    const stop = new AbortController();
    const reason = new Error('stopped');
    const asking = fixture.ask(undefined, stop.signal);
    stop.abort(reason);
    await expect(asking).rejects.toBe(reason);
  });
});

it.each(['SSH-2.0-OpenSSH\r\n', 'HTTP/1.1 200 OK\r\n\r\nwelcome'])(
  'what is no proxy is named: %j',
  async (text) => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).once('data', () => socket.write(text)),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await using fixture = await start(
      { kind: 'api', scheme: 'https' },
      {},
      { url: `http://127.0.0.1:${port}` },
    );
    const { failure } = await fixture.ask();
    expect(failure?.error.message).toContain(`the proxy 127.0.0.1:${port}`);
    expect(failure?.error.code).toBe('scalingo.network');
    await new Promise((resolve) => server.close(resolve));
  },
);
