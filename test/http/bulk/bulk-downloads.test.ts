import { createHash } from 'node:crypto';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { BulkDownloads } from '../../../src/http/bulk/bulk-downloads.ts';
import { DEFAULT_TIMEOUTS } from '../../../src/http/timeouts.ts';
import { transportError } from '../../../src/sources/scalingo/api/scalingo-error.ts';
import { bytesOf } from '../../sources/scalingo/download-fixture.ts';
import { calm } from '../../sources/scalingo/scalingo-fixture.ts';
import { raw, ScriptedServer } from '../../sources/scalingo/scripted-server.ts';
import { SELF_SIGNED } from '../../sources/scalingo/self-signed.ts';

let downloads = new BulkDownloads('test', DEFAULT_TIMEOUTS);
afterEach(() => {
  downloads.close();
  downloads = new BulkDownloads('test', DEFAULT_TIMEOUTS);
});

/** A server that answers each request on a connection with the next of these texts, in the pieces given. */
class RawServer implements AsyncDisposable {
  readonly requests: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(
    answers: readonly (readonly Buffer[])[],
    after: (socket: Socket, answered: number) => void = () => {},
  ) {
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      let text = '';
      socket.on('data', (bytes) => {
        text += bytes.toString('latin1');
        if (!text.endsWith('\r\n\r\n')) return;
        this.requests.push(text);
        text = '';
        void this.#response(socket, answers[this.requests.length - 1] ?? [], after);
      });
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/file?token=t`;
  }

  async #response(
    socket: Socket,
    pieces: readonly Buffer[],
    after: (socket: Socket, answered: number) => void,
  ) {
    for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve));
    after(socket, this.requests.length);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const request = (url: string, headers: Record<string, string> = {}, freshConnection = false) => ({
  method: 'GET' as const,
  url,
  operation: 'GET file',
  headers,
  kind: 'archive' as const,
  freshConnection,
});
const context = { makeError: transportError, operation: 'GET file', host: 'test', secure: false };

async function fetched(url: string, headers: Record<string, string> = {}) {
  const opened = await downloads.open(request(url, headers), context, calm());
  if (opened?.response === undefined) throw opened?.failure?.error ?? new Error('left to others');
  return { ...opened.response, bytes: await bytesOf(opened.response) };
}

function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('a response over a plain connection', () => {
  const body = Buffer.from('0123456789\r\n\r\nabcdefghij');
  const plain = Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`),
    body,
  ]);
  const chunked = Buffer.from(
    `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\n${body.subarray(0, 5)}\r\n` +
      `${'13'.padStart(40, '0')}\r\n${body.subarray(5)}\r\n0\r\nX-Trailer: 1\r\n\r\n`,
  );

  it.each([
    ['of a stated length', plain],
    ['in chunks', chunked],
  ])('%s is the same in whatever pieces it comes', async (_, response) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (cuts) => {
        await using server = await new RawServer([
          piecesOf(response, cuts),
          piecesOf(response, cuts),
        ]).start();
        // Twice: what is left of the first would be the beginning of the second.
        for (let time = 0; time < 2; time++) expect((await fetched(server.url)).bytes).toEqual(body);
        expect(server.connections).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it('that ends with its connection is read to the end', async () => {
    const response = Buffer.from('HTTP/1.1 200 OK\r\n\r\nto the end');
    await using server = await new RawServer([[response]], (socket) => socket.end()).start();
    expect((await fetched(server.url)).bytes.toString()).toBe('to the end');
  });

  it('is asked for with what was given, by our name', async () => {
    await using server = await new RawServer([[plain]]).start();
    await fetched(server.url, { range: 'bytes=0-1', 'if-range': '"v1"' });
    const [first = '', ...lines] = server.requests[0]?.split('\r\n') ?? [];
    expect(first).toBe('GET /file?token=t HTTP/1.1');
    expect(lines).toEqual(
      expect.arrayContaining([
        'range: bytes=0-1',
        'if-range: "v1"',
        'user-agent: test',
        `host: ${new URL(server.url).host}`,
      ]),
    );
  });

  it.each([
    ['a chunk size that is none', 'zz\r\n'],
    ['a chunk longer than it says', '2\r\nabc\r\n0\r\n\r\n'],
    ['a chunk that is cut', 'ff\r\nabc'],
    ['no last chunk', '3\r\nabc\r\n'],
  ])('with %s is an error', async (_, text) => {
    const response = Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}`);
    await using server = await new RawServer([[response]], (socket) => socket.end()).start();
    await expect(fetched(server.url)).rejects.toMatchObject({ code: 'scalingo.network', retryable: true });
  });

  it('that is none is left to others, and so is what that server answers next', async () => {
    await using server = await new RawServer([[Buffer.from('HTTP/1.0 200 OK\r\n\r\nold')]]).start();
    expect(await downloads.open(request(server.url), context, calm())).toBeUndefined();
    expect(await downloads.open(request(server.url), context, calm())).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  it('whose head never ends is left to others', async () => {
    const endless = Buffer.from(`HTTP/1.1 200 OK\r\n${'X-A: 1\r\n'.repeat(20_000)}`);
    await using server = await new RawServer([[endless]]).start();
    expect(await downloads.open(request(server.url), context, calm())).toBeUndefined();
  });
});

describe('a connection', () => {
  const response = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');

  it('that was closed while it rested costs nothing: the request is sent on a new one', async () => {
    let closed = Promise.resolve();
    await using server = await new RawServer([[response], [], [response]], (socket, answered) => {
      // Read and thrown away: the other side learns of it only when it asks.
      if (answered === 2) {
        closed = new Promise((resolve) => socket.once('close', () => resolve()));
        socket.destroy();
      }
    }).start();
    expect((await fetched(server.url)).bytes.toString()).toBe('ok');
    expect((await fetched(server.url)).bytes.toString()).toBe('ok');
    await closed;
    expect([server.requests.length, server.connections]).toEqual([3, 2]);
  });

  it('that the server wants closed is not used again', async () => {
    const last = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok');
    await using server = await new RawServer([[last], [last]]).start();
    await fetched(server.url);
    await fetched(server.url);
    expect(server.connections).toBe(2);
  });

  it('with bytes that nobody asked for is not used again', async () => {
    const more = Buffer.from(
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad',
    );
    await using server = await new RawServer([[more], [response]]).start();
    await fetched(server.url);
    expect((await fetched(server.url)).bytes.toString()).toBe('ok');
    expect(server.connections).toBe(2);
  });

  it('is a new one where that is asked for', async () => {
    await using server = await new RawServer([[response], [response]]).start();
    await fetched(server.url);
    const opened = await downloads.open(request(server.url, {}, true), context, calm());
    expect(opened?.response?.status).toBe(200);
    expect(server.connections).toBe(2);
    opened?.response?.body.destroy();
  });
});

describe('a redirect', () => {
  it('is followed, from host to host', async () => {
    await using target = await ScriptedServer.start();
    await using server = await ScriptedServer.start();
    target.on('GET /there', raw(200, 'arrived'));
    server.on('GET /here', raw(302, 'look there', { location: `${target.url}/there?signed=1` }));
    expect((await fetched(`${server.url}/here`)).bytes.toString()).toBe('arrived');
    expect(target.last('GET /there').url).toBe('/there?signed=1');
  });

  it.each([
    ['in a circle', '/here', /again and again/],
    ['to a file', 'file:///etc/passwd', /leads nowhere that HTTP reaches/],
  ])('%s is refused', async (_, location, message) => {
    await using server = await ScriptedServer.start();
    server.on('GET /here', raw(302, '', { location }));
    await expect(fetched(`${server.url}/here`)).rejects.toMatchObject({
      code: 'scalingo.redirected',
      message: expect.stringMatching(message),
    });
  });
});

describe('over TLS', () => {
  it('a large body arrives as it was sent, and a redirect out of it is refused', async () => {
    const known = getCACertificates('default');
    setDefaultCACertificates([...known, SELF_SIGNED.cert]);
    await using server = await ScriptedServer.start((listener) => createHttpsServer(SELF_SIGNED, listener));
    const bytes = Buffer.alloc(9 * 2 ** 20 + 7);
    for (let index = 0; index < bytes.length; index++) bytes[index] = (index * 31 + (index >> 8)) % 251;
    const url = `https://127.0.0.1:${server.port}`;
    server.on('GET /file', raw(200, bytes));
    server.on('GET /out', raw(302, '', { location: 'http://127.0.0.1:1/' }));
    for (let time = 0; time < 2; time++) {
      const opened = await downloads.open(request(`${url}/file`), context, calm());
      const hash = createHash('sha256');
      for await (const chunk of opened?.response?.body ?? []) hash.update(chunk);
      expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
    expect(server.open).toBe(1);
    await expect(fetched(`${url}/out`)).rejects.toMatchObject({ code: 'scalingo.redirected' });
    setDefaultCACertificates(known);
  });
});

describe('a server that says nothing', () => {
  const impatient = { ...DEFAULT_TIMEOUTS, connect: 100, secureConnect: 100, response: 100 };

  it.each([
    ['http', 'response'],
    ['https', 'secureConnect'],
  ])('to %s is given up, and the phase is named', async (protocol, phase) => {
    await using server = await new RawServer([[]]).start();
    const url = server.url.replace('http', protocol);
    await using stack = new AsyncDisposableStack();
    const own = stack.adopt(new BulkDownloads('test', impatient), async (each) => each.close());
    const opened = await own.open(request(url), context, calm());
    expect(opened?.failure?.error).toMatchObject({ code: 'scalingo.timeout', details: { phase } });
  });

  it('or is not there is told by its address', async () => {
    const opened = await downloads.open(request('http://127.0.0.1:1/file'), context, calm());
    expect(opened?.failure?.error).toMatchObject({
      code: 'scalingo.network',
      details: { networkCode: 'ECONNREFUSED' },
    });
  });

  it('is left at once when the signal says so', async () => {
    await using server = await new RawServer([[]]).start();
    const controller = new AbortController();
    const opening = downloads.open(request(server.url), context, controller.signal);
    await expect.poll(() => server.requests.length).toBe(1);
    controller.abort(new Error('stop'));
    await expect(opening).rejects.toThrow('stop');
  });

  it('has a name that both families of addresses response to', async () => {
    await using server = await new RawServer([
      [Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')],
    ]).start();
    expect((await fetched(server.url.replace('127.0.0.1', 'localhost'))).bytes.toString()).toBe('ok');
  });
});
