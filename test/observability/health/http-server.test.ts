import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { type HttpServer, plain, startHttpServer } from '../../../src/observability/health/http-server.ts';
import { memoryLog } from '../../support/memory-log.ts';

let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(pages: Parameters<typeof startHttpServer>[0]['pages'] = {}) {
  const { log, events } = memoryLog();
  const all = { '/healthz': () => plain(200, 'ok\n'), ...pages };
  server = await startHttpServer({ port: 0, host: '127.0.0.1', pages: all, log });
  return { server, events, url: `http://127.0.0.1:${server.port}` };
}

test('a page is given to GET and HEAD, with a query too', async () => {
  const { url } = await start();
  const got = await fetch(`${url}/healthz?verbose`);
  expect([got.status, await got.text(), got.headers.get('cache-control')]).toEqual([200, 'ok\n', 'no-store']);
  const head = await fetch(`${url}/healthz`, { method: 'HEAD' });
  expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '3']);
});

test.each(['/', '/healthz/', '/HEALTHZ', '/constructor', '/__proto__', '/metrics/../healthz2'])(
  'there is no %s',
  async (path) => {
    const { url } = await start();
    const answer = await fetch(url + path);
    expect([answer.status, await answer.text()]).toEqual([404, 'there is only /healthz\n']);
  },
);

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
  const { url } = await start();
  const body = method === 'DELETE' || method === 'OPTIONS' ? null : 'x'.repeat(2 ** 20);
  const answer = await fetch(`${url}/healthz`, { method, body });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('a page that fails is a 500 and a line in the log, and the next one works', async () => {
  const { url, events } = await start({
    '/metrics': () => Promise.reject(new Error('secret detail')),
  });
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, await answer.text()]).toEqual([500, 'this page failed; the log says why\n']);
  expect(events.map(({ event }) => event)).toEqual(['http.failed']);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('a port that is taken is told', async () => {
  const { server: first } = await start();
  const { log } = memoryLog();
  const second = startHttpServer({ port: first.port, host: '127.0.0.1', pages: {}, log });
  await expect(second).rejects.toMatchObject({
    code: 'http.listen_failed',
    message: `health and metrics cannot be served on port ${first.port} of 127.0.0.1: another program listens there`,
  });
});

test('closing waits for no connection that is kept alive', async () => {
  const { server: open, url } = await start();
  const agent = new Agent({ keepAlive: true });
  const [answer] = await once(request(`${url}/healthz`, { agent }).end(), 'response');
  await text(answer);
  await open.close();
  agent.destroy();
});

test('closing waits for a response under way, and for no response without end', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const { server: open, url } = await start({
    '/slow': async () => {
      asked.resolve();
      await promise;
      return plain(200, 'late\n');
    },
    '/never': () => new Promise(() => {}),
  });
  const slow = fetch(`${url}/slow`).then((answer) => answer.text());
  const never = fetch(`${url}/never`).catch((error: unknown) => error);
  await asked.promise;
  const closed = open.close();
  resolve();
  expect(await slow).toBe('late\n');
  await closed;
  expect(await never).toBeInstanceOf(Error);
});

test('who connects and says nothing holds up no closing', async () => {
  const { server: open } = await start();
  const socket = connect(open.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET /healthz HT');
  const gone = once(socket, 'close');
  socket.resume();
  await open.close();
  await gone;
});
