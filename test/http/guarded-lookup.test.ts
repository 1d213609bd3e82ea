import { createServer as createTlsServer } from 'node:https';
import type { LookupFunction } from 'node:net';
import { expect, it } from 'vitest';
import { HttpClient } from '../../src/http/http-client.ts';
import { readText } from '../../src/http/read-text.ts';
import { Proxies } from '../../src/proxy/http-proxy.ts';
import { transportError } from '../../src/sources/scalingo/api/scalingo-error.ts';
import { raw, ScriptedServer } from '../sources/scalingo/scripted-server.ts';
import { SELF_SIGNED } from '../sources/scalingo/self-signed.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { ProxyServer } from '../support/proxy-server.ts';

/** A name server that knows one address, and has been asked for these names. */
function nameServer(address: string) {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, { all }, deliver) => {
    asked.push(host);
    const family = address.includes(':') ? 6 : 4;
    setImmediate(() =>
      all === true ? deliver(null, [{ address, family }]) : deliver(null, address, family),
    );
  };
  return { asked, lookup };
}

async function start({
  address = '127.0.0.1',
  by,
  scheme = 'http',
}: {
  address?: string;
  by?: string;
  scheme?: string;
} = {}) {
  const server = await ScriptedServer.start(
    scheme === 'https' ? (listener) => createTlsServer(SELF_SIGNED, listener) : undefined,
  );
  server.on('GET /file', raw(200, 'secret of this machine'));
  const names = nameServer(address);
  const client = new HttpClient({
    userAgent: 'tests',
    makeError: transportError,
    lookup: names.lookup,
    proxies: new Proxies({ http: by, https: by, none: undefined }),
  });
  const ask = async (url: string, kind: 'api' | 'archive' = 'archive') => {
    const opened = await client.open(
      { method: 'GET', url, operation: 'GET it', headers: {}, kind, freshConnection: false },
      calm(),
    );
    if (opened.response === undefined) return opened.failure.error;
    return (await readText(opened.response.body, { bytes: 1e6 })).text;
  };
  const dispose = async () => {
    client.close();
    await server[Symbol.asyncDispose]();
  };
  return { server, names, ask, [Symbol.asyncDispose]: dispose };
}

const REFUSED = {
  code: 'scalingo.redirected',
  retryable: false,
  message: expect.stringContaining('leads to this machine or its own link'),
};

/** Our own reader takes the first; a login in the URL leaves the second to got. */
const READERS = [
  ['our reader', ''],
  ['got', 'user:word@'],
] as const;
const WAYS = READERS.flatMap(([reader, login]) => ['http', 'https'].map((scheme) => [reader, scheme, login]));

it.each(WAYS)('an archive is not fetched from this machine by its name: %s, %s', async (_, scheme, login) => {
  await using world = await start({ scheme: scheme as string });
  const { server, names, ask } = world;
  const error = await ask(`${scheme}://${login}archives.example:${server.port}/file`);
  expect(error).toMatchObject(REFUSED);
  expect((error as Error).message).toContain(`archives.example:${server.port}`);
  expect(names.asked).toEqual(['archives.example']);
  expect(server.count('GET /file')).toBe(0);
});

it.each(['169.254.169.254', '::1', '::ffff:127.0.0.1', 'fe80::1', '0.0.0.0'])(
  'nor from %s',
  async (address) => {
    await using world = await start({ address });
    expect(await world.ask('http://archives.example/file')).toMatchObject(REFUSED);
  },
);

it.each(READERS)('nor where a redirect leads there: %s', async (_, login) => {
  await using world = await start();
  const { server, ask } = world;
  server.on('GET /link', raw(302, '', { location: `http://${login}archives.example:${server.port}/file` }));
  expect(await ask(`http://127.0.0.1:${server.port}/link`)).toMatchObject(REFUSED);
  expect(server.count('GET /file')).toBe(0);
});

it.each(['http://127.0.0.1', 'http://localhost', 'http://api.example'])(
  'where the API is at this machine too, %s, it is',
  async (api) => {
    await using world = await start();
    const { server, ask } = world;
    server.on('GET /api', raw(200, '{}'));
    expect(await ask(`${api}:${server.port}/api`, 'api')).toBe('{}');
    for (const [, login] of READERS)
      expect(await ask(`http://${login}archives.example:${server.port}/file`)).toBe('secret of this machine');
  },
);

it('through a proxy it is the proxy that looks names up, and what it finds is its own affair', async () => {
  await using server = await ScriptedServer.start();
  server.on('GET /file', raw(200, 'from there'));
  await using proxy = await ProxyServer.start({ names: { 'archives.example:80': server.url } });
  await using world = await start({ by: proxy.url() });
  for (const [, login] of READERS)
    expect(await world.ask(`http://${login}archives.example/file`)).toBe('from there');
  expect(proxy.asked).toHaveLength(2);
  expect(world.names.asked).toEqual([]);
});
