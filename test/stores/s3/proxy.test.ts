import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Proxies } from '../../../src/proxy/http-proxy.ts';
import { SELF_SIGNED } from '../../sources/scalingo/self-signed.ts';
import { AcceptedConnections, ProxyServer, type ProxyServerOptions } from '../../support/proxy-server.ts';
import {
  ARCHIVE,
  bytesIn,
  bytesOf,
  calm,
  expectBytes,
  failureOf,
  PART,
  piecesOf,
  startStore,
} from './store-fixture.ts';

const known = getCACertificates('default');
beforeAll(() => setDefaultCACertificates([...known, SELF_SIGNED.cert]));
afterAll(() => setDefaultCACertificates(known));

async function start(secure: boolean, options: ProxyServerOptions, by?: { login?: string; url?: string }) {
  await using stack = new AsyncDisposableStack();
  const proxy = stack.use(await ProxyServer.start(options));
  const url = by?.url ?? proxy.url(by?.login);
  const proxies = new Proxies({ https: url, http: url });
  const ca = secure ? SELF_SIGNED.cert : undefined;
  const fixture = stack.use(await startStore({ proxies, ca }, secure ? { tls: SELF_SIGNED } : {}));
  const held = stack.move();
  return { proxy, fixture, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describe.each([
  ['http', false],
  ['https', true],
])('a store by %s behind a proxy', (_, secure) => {
  it('takes an archive, and nothing comes past the proxy', async () => {
    using accepted = new AcceptedConnections();
    await using world = await start(secure, { login: 'user:pass' }, { login: 'user:pass' });
    const { fixture, proxy } = world;
    const bytes = bytesOf(2 * PART);
    await fixture.store.probe('shop', calm());
    await fixture.upload(piecesOf(bytes));
    const past = accepted.past(proxy);
    expect(past).toEqual([]);
    const { requests } = fixture.s3;
    expect(requests.length).toBeGreaterThan(4);
    if (!secure) expect(proxy.asked).toHaveLength(requests.length);
    // Connections are kept, through a proxy too.
    else expect(proxy.asked.length).toBeLessThan(requests.length);
    expect(JSON.stringify(requests)).not.toMatch(/proxy-auth/i);
    await expectBytes(fixture, bytes);
  });

  it('gives an archive back in ranges, and nothing comes past the proxy', async () => {
    using accepted = new AcceptedConnections();
    await using world = await start(secure, { login: 'user:pass' }, { login: 'user:pass' });
    const { fixture, proxy } = world;
    const bytes = bytesOf(PART);
    await fixture.upload(piecesOf(bytes));
    const { requests } = fixture.s3;
    const before = requests.length;
    for (const start of [0, 1000]) {
      const range = { start, end: bytes.length };
      const read = await bytesIn(await fixture.store.readRange(ARCHIVE, range, calm()));
      expect(read.equals(bytes.subarray(start))).toBe(true);
    }
    expect(requests.slice(before)).toHaveLength(2);
    expect(accepted.past(proxy)).toEqual([]);
    expect(JSON.stringify(requests)).not.toMatch(/proxy-auth/i);
  });

  it('names a proxy that demands a login', async () => {
    await using world = await start(secure, { login: 'user:pass' });
    const error = await failureOf(world.fixture.store.requireBucket(calm()));
    expect(error).toMatchObject({
      code: 's3.network',
      message: expect.stringContaining(`the proxy 127.0.0.1:${world.proxy.port} demands a login (407)`),
      hint: expect.stringContaining('HTTPS_PROXY'),
      retryable: false,
    });
    expect(world.proxy.asked).toHaveLength(1);
  });

  it('names a proxy that refuses connections, after it was tried again', async () => {
    const closed = await ProxyServer.start();
    const url = closed.url();
    await closed[Symbol.asyncDispose]();
    await using world = await start(secure, {}, { url });
    expect(await failureOf(world.fixture.store.requireBucket(calm()))).toMatchObject({
      code: 's3.network',
      message: expect.stringContaining(
        `the proxy ${new URL(url).host} cannot be used: the connection was refused (ECONNREFUSED)`,
      ),
      retryable: true,
    });
    expect(world.fixture.s3.requests).toEqual([]);
  });
});

it.each([
  [403, 1, false],
  [503, 5, true],
])('a tunnel that is refused with %i is asked for %i times', async (status, times, retryable) => {
  await using world = await start(true, { status });
  expect(await failureOf(world.fixture.store.requireBucket(calm()))).toMatchObject({
    code: 's3.network',
    message: expect.stringContaining(`(${status})`),
    retryable,
  });
  expect(world.proxy.asked).toHaveLength(times);
});

it('an error names the store, and not its proxy, where the certificate of the store is not trusted', async () => {
  setDefaultCACertificates(known);
  await using proxy = await ProxyServer.start();
  const proxies = new Proxies({ https: proxy.url() });
  await using fixture = await startStore({ proxies }, { tls: SELF_SIGNED });
  const error = await failureOf(fixture.store.requireBucket(calm()));
  setDefaultCACertificates([...known, SELF_SIGNED.cert]);
  expect(error).toMatchObject({
    code: 's3.network',
    message: expect.stringContaining(`through the proxy 127.0.0.1:${proxy.port}`),
    hint: expect.stringContaining('s3.caFile'),
  });
  expect(fixture.s3.requests).toEqual([]);
});
