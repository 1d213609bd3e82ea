import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpClient } from '../../../src/http/http-client.ts';
import type { HttpRequest } from '../../../src/http/http-exchange.ts';
import { NO_REDACTION } from '../../../src/ports/redaction.ts';
import { SourceFaults } from '../../../src/run/download/source-faults.ts';
import { readWatched } from '../../../src/run/download/stall-watch.ts';
import { transportError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { calm } from '../../stores/s3/store-fixture.ts';

const TIMEOUTS = { lookup: 100, connect: 100, secureConnect: 100, response: 200, request: 600 };
const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A server whose response to a request depends on the path. */
async function listen(write: (socket: Socket, path: string) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => write(socket, /^GET (\S+)/.exec(bytes.toString())?.[1] ?? ''));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(url: string, kind: HttpRequest['kind'] = 'archive') {
  const client = new HttpClient({ userAgent: 'tests', makeError: transportError, timeouts: TIMEOUTS });
  open.push(async () => client.close());
  return client.open(
    { method: 'GET', url, operation: 'GET it', headers: {}, kind, freshConnection: true },
    calm(),
  );
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('a download', () => {
  it('that is redirected with a body that never comes goes where it was sent', async () => {
    const url = await listen((socket, path) =>
      socket.write(path === '/x' ? OK : 'HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 100\r\n\r\n'),
    );
    expect((await ask(url)).response?.status).toBe(200);
  });

  it.each<[string, string]>([
    ['101', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n'],
    ['102 and nothing after it', 'HTTP/1.1 102 Processing\r\n\r\n'],
    ['half a head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['nothing', ''],
    [
      'a redirect of another protocol, without its body',
      'HTTP/1.0 302 Found\r\nlocation: /x\r\ncontent-length: 100\r\n\r\n',
    ],
  ])('that is answered by %s ends, and says what it waited for', async (_, head) => {
    const url = await listen((socket, path) =>
      socket.write(path === '/x' ? 'HTTP/1.1 100 Continue\r\n\r\n' : head),
    );
    for (const kind of ['archive', 'api'] as const) {
      const { failure, response } = await ask(url, kind);
      if (kind === 'archive') expect(failure?.error.code).toMatch(/^scalingo\.(timeout|redirected|network)$/);
      response?.body.destroy();
      if (failure !== undefined) expect(failure.error.message).toContain('GET it');
    }
  });

  it('whose head comes letter by letter ends', async () => {
    const timers: NodeJS.Timeout[] = [];
    const url = await listen((socket) => {
      const letters = 'HTTP/1.1 200 OK\r\nx-padding: '.padEnd(10_000, 'x')[Symbol.iterator]();
      timers.push(setInterval(() => socket.write(String(letters.next().value)), 10));
    });
    expect((await ask(url)).failure?.error).toMatchObject({ code: 'scalingo.timeout' });
    for (const timer of timers) clearInterval(timer);
  });
});

describe('a body', () => {
  it('of one byte now and then is a stall, although each comes in time', async () => {
    const timers: NodeJS.Timeout[] = [];
    const url = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n');
      timers.push(setInterval(() => socket.write('x'), 20));
    });
    const { response } = await ask(url);
    if (response === undefined) throw new Error('there is no response');
    const bytes = readWatched(response.body, 300, new SourceFaults('b1', 'Scalingo', NO_REDACTION), calm());
    await expect(drain(bytes)).rejects.toMatchObject({
      code: 'archive.stalled',
      message: expect.stringContaining('less than 1 KiB a second'),
    });
    for (const timer of timers) clearInterval(timer);
  });

  it('that is read slowly is none: only the time of waiting counts', async () => {
    const url = await listen((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 40\r\n\r\n${'x'.repeat(40)}`),
    );
    const { response } = await ask(url);
    if (response === undefined) throw new Error('there is no response');
    let size = 0;
    for await (const chunk of readWatched(
      response.body,
      20,
      new SourceFaults('b1', 'Scalingo', NO_REDACTION),
      calm(),
    )) {
      size += chunk.length;
      // The reader is busy for longer than the whole window.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 150);
    }
    expect(size).toBe(40);
  });
});

async function drain(bytes: AsyncIterable<Buffer>): Promise<void> {
  for await (const _ of bytes);
}
