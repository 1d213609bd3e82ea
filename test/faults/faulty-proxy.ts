import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to one request on its way, or to the response on its way back. */
export type ProxyFault =
  /** The connection ends, and no other is taken for `REFUSED_FOR`. */
  | { readonly kind: 'refused' }
  /** The connection ends before the store sees the request: by RST, or by FIN. */
  | { readonly kind: 'reset-before' | 'fin-before' }
  /** The store does the work, and the connection ends without a byte of a response, or in the middle of its body. */
  | { readonly kind: 'reset-after' | 'fin-after' | 'fin-in-body' }
  /** No response, ever; the store has seen nothing, or has done the work. */
  | { readonly kind: 'silent-before' | 'silent-after' }
  /** The proper response, a byte every so many milliseconds. */
  | { readonly kind: 'drip'; readonly everyMs: number }
  /** The proper response, cut after half of its body as if it were whole. */
  | { readonly kind: 'half' }
  /** Another response. The work is done only where `executed` is set. */
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly executed?: boolean;
    };

/** Real milliseconds. */
const REFUSED_FOR = 4;

/** Decides about a request: `nth` of its name counts from 0. */
export type Intercept = (name: string, nth: number) => ProxyFault | undefined;

/** An HTTP proxy in front of a store that does to each request what a test says. The `Host` stays, as it is signed. */
export class FaultyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  readonly #nameOf: (method: string, url: string) => string;
  #port = 0;
  readonly #seen = new Map<string, number>();
  #refusing = Promise.resolve();
  intercept: Intercept = () => undefined;

  private constructor(target: string, nameOf: (method: string, url: string) => string) {
    this.#target = new URL(target);
    this.#nameOf = nameOf;
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => {
        incoming.destroy();
        outgoing.destroy();
      });
    });
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(target: string, nameOf: (method: string, url: string) => string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, nameOf);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    proxy.#port = (proxy.#server.address() as AddressInfo).port;
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How many requests of each name have come since the last `forget`. */
  get seen(): ReadonlyMap<string, number> {
    return this.#seen;
  }

  forget(): void {
    this.#seen.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#refusing;
    await this.#close();
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #refuse(): Promise<void> {
    await this.#close();
    await sleep(REFUSED_FOR);
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const name = this.#nameOf(incoming.method ?? 'GET', incoming.url ?? '/');
    const nth = this.#seen.get(name) ?? 0;
    this.#seen.set(name, nth + 1);
    const fault = this.intercept(name, nth);
    if (fault === undefined) return this.#pass(incoming, outgoing);
    if (fault.kind === 'refused') {
      this.#refusing = this.#refusing.then(() => this.#refuse());
      return;
    }
    if (fault.kind === 'reset-before') return void incoming.socket.resetAndDestroy();
    if (fault.kind === 'fin-before') return void incoming.socket.destroySoon();
    if (fault.kind === 'silent-before') return void incoming.resume();
    if (fault.kind === 'response' && fault.executed !== true) {
      incoming.resume();
      await once(incoming, 'end');
      return respond(incoming, outgoing, fault);
    }
    const response = await this.#forward(incoming);
    const body = await buffer(response);
    return spoil(fault, { incoming, outgoing, response, body });
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const response = await this.#forward(incoming);
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    await pipeline(response, outgoing);
  }

  async #forward(incoming: IncomingMessage): Promise<IncomingMessage> {
    const { hostname: host, port } = this.#target;
    const { method, url: path, headers } = incoming;
    const upstream = request({ host, port, method, path, headers });
    const response = once(upstream, 'response') as Promise<[IncomingMessage]>;
    response.catch(() => {});
    // A store may respond before it has read all.
    pipeline(incoming, upstream).catch(() => {});
    return (await response)[0];
  }
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly response: IncomingMessage;
  readonly body: Buffer;
}

async function spoil(fault: ProxyFault, { incoming, outgoing, response, body }: Exchange): Promise<void> {
  const status = response.statusCode ?? 502;
  switch (fault.kind) {
    case 'response':
      return respond(incoming, outgoing, fault);
    case 'reset-after':
      return void incoming.socket.resetAndDestroy();
    case 'fin-after':
      return void incoming.socket.destroySoon();
    case 'fin-in-body':
      outgoing.writeHead(status, { ...response.headers, 'content-length': String(Math.max(body.length, 2)) });
      outgoing.flushHeaders();
      outgoing.write(body.subarray(0, body.length >> 1), () => incoming.socket.destroySoon());
      return;
    case 'half': {
      const half = body.subarray(0, body.length >> 1);
      outgoing.writeHead(status, { ...response.headers, 'content-length': String(half.length) });
      outgoing.end(half);
      return;
    }
    case 'drip':
      outgoing.writeHead(status, { ...response.headers });
      for (const byte of body) {
        if (outgoing.destroyed) return;
        outgoing.write(Buffer.of(byte));
        await sleep(fault.everyMs);
      }
      outgoing.end();
      return;
    default:
      // Silent: the connection stays open until the client or the proxy ends it.
      return;
  }
}

function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, body, headers = {} }: Extract<ProxyFault, { kind: 'response' }>,
): void {
  const isXml = body.startsWith('<?xml');
  outgoing.writeHead(status, {
    'Content-Type': isXml ? 'application/xml' : 'text/html',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  });
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}
