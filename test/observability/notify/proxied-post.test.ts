import { expect, it } from 'vitest';
import { post } from '../../../src/observability/notify/http-post.ts';
import { Proxies } from '../../../src/proxy/http-proxy.ts';
import { raw, ScriptedServer } from '../../sources/scalingo/scripted-server.ts';
import { calm } from '../../stores/s3/store-fixture.ts';
import { AcceptedConnections, ProxyServer, type ProxyServerOptions } from '../../support/proxy-server.ts';

async function sent(options: ProxyServerOptions, target?: string) {
  await using proxy = await ProxyServer.start(options);
  await using server = await ScriptedServer.start();
  using accepted = new AcceptedConnections();
  server.on('POST /CANARY-path', raw(200, 'ok'));
  const request = {
    url: target ?? `${server.url}/CANARY-path`,
    contentType: 'text/plain',
    body: 'text',
    userAgent: 'tests',
    within: 5_000,
    proxies: new Proxies({ https: proxy.url(), http: proxy.url() }),
  };
  const result = await post(request, calm());
  return { result, name: `127.0.0.1:${proxy.port}`, past: accepted.past(proxy), seen: server.seen.length };
}

it('a notification goes by the proxy', async () => {
  expect(await sent({})).toMatchObject({ result: { delivered: true, status: 200 }, past: [], seen: 1 });
});

it.each([
  ['by http', undefined, 407, '407', false],
  ['by https', 'https://hooks.test/CANARY-path', 407, 'PROXY_STATUS_407', false],
  ['by https', 'https://hooks.test/CANARY-path', 403, 'PROXY_STATUS_403', false],
  ['by https', 'https://hooks.test/CANARY-path', 502, 'PROXY_STATUS_502', true],
] as const)(
  '%s to %s, a proxy that says %i is named, and nothing of the URL',
  async (_, url, status, code, retryable) => {
    const { result, name, past, seen } = await sent({ status }, url);
    expect(result).toEqual({
      delivered: false,
      why: `the proxy ${name} did not let it through (${code})`,
      retryable,
    });
    expect({ past, seen }).toEqual({ past: [], seen: 0 });
  },
);
