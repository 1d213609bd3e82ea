import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { SELF_SIGNED } from '../sources/scalingo/self-signed.ts';
import { AcceptedConnections, ProxyServer } from '../support/proxy-server.ts';
import { startSandboxWorld } from './sandbox-world.ts';

const LOGIN = 'archiver:CANARY-proxy-password';

/** Takes every notification. */
async function startReceiver(): Promise<{ url: string; paths: string[] } & AsyncDisposable> {
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    paths.push(request.url ?? '');
    request.resume().once('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** TLS in front of a server that speaks none. */
async function startTlsFront(target: string): Promise<{ url: string } & AsyncDisposable> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createTlsServer(SELF_SIGNED, (socket) => {
    sockets.add(socket);
    const upstream = connect(Number(port), hostname);
    socket.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => socket.destroy()).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

it('a run over http goes out by the proxy alone, to hosts that only the proxy knows', async () => {
  await using receiver = await startReceiver();
  await using fixture = await startSandboxWorld();
  const { world, s3 } = fixture;
  const archive = syntheticArchive({ size: 12_000_000 });
  const database = world.scalingo.addDatabase({ app: 'shop-app', archive });
  await using proxy = await ProxyServer.start({
    login: LOGIN,
    names: {
      'auth.test:80': world.scalingo.authUrl,
      'api.test:80': world.scalingo.apiUrl,
      'db-api.test:80': world.scalingo.databaseApiUrl,
      's3.test:80': s3.endpoint,
      'hooks.test:80': receiver.url,
    },
  });
  world.scalingo.urlOf = (role) =>
    `http://${{ auth: 'auth', api: 'api', database: 'db-api', storage: 's3' }[role]}.test`;
  using accepted = new AcceptedConnections();
  const { code, events, stdout, stderr } = await world.archive(database, {
    HTTP_PROXY: proxy.url(LOGIN),
    SCALINGO_AUTH_URL: 'http://auth.test',
    SCALINGO_API_URL: 'http://api.test',
    DB_API_URL: 'http://db-api.test',
    S3_ENDPOINT: 'http://s3.test',
    NOTIFY_PING_URL: 'http://hooks.test/ping',
    NOTIFY_WEBHOOK_URL: 'http://hooks.test/hook',
    LOG_LEVEL: 'trace',
  });
  const past = accepted.past(proxy);
  expect(code, stdout + stderr).toBe(0);
  expect(past).toEqual([]);
  expect(accepted.by(proxy)).toBeGreaterThan(5);
  expect(receiver.paths.sort()).toEqual(['/hook', '/ping', '/ping/start']);
  for (const host of ['auth', 'api', 'db-api', 's3', 'hooks']) {
    expect(
      proxy.asked.filter((each) => each.includes(`http://${host}.test`)),
      host,
    ).not.toEqual([]);
  }
  expect(stdout + stderr).not.toContain('CANARY');
  expect(stdout + stderr).not.toContain(Buffer.from(LOGIN).toString('base64'));
  expect(events.map(({ event }) => event)).toContain('archive.completed');
  await world.expectOnlyArchive(archive);
});

it('a run over https goes out by tunnels alone', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'ca-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, SELF_SIGNED.cert);
  const fixture = stack.use(await startSandboxWorld());
  const { world, s3 } = fixture;
  const archive = syntheticArchive({ size: 12_000_000 });
  const database = world.scalingo.addDatabase({ app: 'shop-app', archive });
  const front = async (url: string) => stack.use(await startTlsFront(url)).url;
  const proxy = stack.use(await ProxyServer.start());
  using accepted = new AcceptedConnections();
  const urls = {
    SCALINGO_AUTH_URL: await front(world.scalingo.authUrl),
    SCALINGO_API_URL: await front(world.scalingo.apiUrl),
    DB_API_URL: await front(world.scalingo.databaseApiUrl),
    S3_ENDPOINT: await front(s3.endpoint),
  };
  // Links of an API by https are by https too.
  const links = {
    auth: '',
    api: '',
    database: urls.DB_API_URL,
    storage: await front(world.scalingo.storageUrl),
  };
  world.scalingo.urlOf = (role) => links[role];
  const fronts = new Set(Object.values(urls).map((url) => new URL(url).port));
  const { code, stdout, stderr } = await world.archive(database, {
    ...urls,
    HTTPS_PROXY: proxy.url(),
    HTTP_PROXY: proxy.url(),
    NODE_EXTRA_CA_CERTS: ca,
  });
  expect(code, stdout + stderr).toBe(0);
  for (const port of fronts) expect(proxy.asked).toContain(`CONNECT 127.0.0.1:${port}`);
  // The fronts' own connections to what is behind them are not the program's.
  expect(accepted.past(proxy).filter((port) => fronts.has(String(port)))).toEqual([]);
  await world.expectOnlyArchive(archive);
});

it('what NO_PROXY names is reached without it, and the rest is not', async () => {
  await using fixture = await startSandboxWorld();
  const { world, s3 } = fixture;
  const archive = syntheticArchive({ size: 100_000 });
  const database = world.scalingo.addDatabase({ app: 'shop-app', archive });
  await using proxy = await ProxyServer.start({ names: { 's3.test:80': s3.endpoint } });
  const { code, stdout } = await world.archive(database, {
    http_proxy: proxy.url(),
    no_proxy: '127.0.0.0/8',
    S3_ENDPOINT: 'http://s3.test',
  });
  expect(code, stdout).toBe(0);
  expect(proxy.asked.filter((each) => !each.includes('http://s3.test/'))).toEqual([]);
  expect(proxy.asked).not.toEqual([]);
});

it('a proxy that cannot be written so is exit 2, in one line', async () => {
  await using fixture = await startSandboxWorld();
  const database = fixture.world.scalingo.addDatabase({ app: 'shop-app' });
  const { code, stdout, stderr } = await fixture.world.archive(database, {
    HTTPS_PROXY: `http://${LOGIN}@squid.test:port`,
  });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    /^backup-archiver: HTTPS_PROXY \(from the environment\): the value \(not shown\) is no URL of an HTTP proxy; .*\n$/,
  );
  expect(stderr).not.toContain('CANARY');
});

it('a run whose proxy is down says so, of which database and which request', async () => {
  const closed = await ProxyServer.start();
  const url = closed.url(LOGIN);
  await closed[Symbol.asyncDispose]();
  await using fixture = await startSandboxWorld();
  const { world } = fixture;
  const database = world.scalingo.addDatabase({ app: 'shop-app' });
  await using run = world.spawn(['run'], world.environment(database, { HTTP_PROXY: url }));
  const retried = await run.event('run.retried');
  run.kill('SIGTERM');
  const { code, stdout } = await run.finished();
  expect(code).toBe(143);
  expect(retried).toMatchObject({ database: 'shop' });
  expect(JSON.stringify(retried)).toContain(`the proxy ${new URL(url).host} cannot be used`);
  expect(stdout).not.toContain('CANARY');
  await world.expectNothing();
});
