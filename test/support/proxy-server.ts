import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { SELF_SIGNED } from '../sources/scalingo/self-signed.ts';

export interface ProxyServerOptions {
  /** `user:password` that it demands. */
  readonly login?: string;
  /** Whether it is spoken to by TLS, with the certificate of `SELF_SIGNED`. */
  readonly secure?: boolean;
  /** What it answers, instead of passing anything on. */
  readonly status?: number;
  /** Where names are, which nothing but this proxy knows: `{ 'api.test:80': 'http://127.0.0.1:4711' }`. */
  readonly names?: Readonly<Record<string, string>>;
}

/** A real HTTP proxy on a free port: requests with a whole URL, and tunnels by CONNECT. It keeps all that it was asked. */
export class ProxyServer implements AsyncDisposable {
  /** `CONNECT host:port`, `GET http://host/path?query`. */
  readonly asked: string[] = [];
  /** The headers of each. */
  readonly headers: IncomingMessage['headers'][] = [];
  /** Connections that it was asked over. */
  connections = 0;
  /** The ports of this machine from which it has connected to others. */
  readonly outgoing = new Set<number | undefined>();
  readonly #options: ProxyServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ProxyServerOptions) {
    this.#options = options;
    const listener = (incoming: IncomingMessage, outgoing: ServerResponse) =>
      this.#forward(incoming, outgoing);
    this.#server = options.secure === true ? createTlsServer(SELF_SIGNED, listener) : createServer(listener);
    this.#server.requestTimeout = 0;
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#keep(socket);
    });
    this.#server.on('connect', (asked: IncomingMessage, socket: Socket) => this.#tunnel(asked, socket));
  }

  static async start(options: ProxyServerOptions = {}): Promise<ProxyServer> {
    const proxy = new ProxyServer(options);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** With a login where one is given, percent-encoded as a URL wants it. */
  url(login?: string): string {
    const user = login === undefined ? '' : `${login}@`;
    return `${this.#options.secure === true ? 'https' : 'http'}://${user}127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const status = this.#note(incoming);
    if (status !== undefined) {
      incoming.resume();
      outgoing.writeHead(status).end('the proxy says no');
      return;
    }
    const url = new URL(incoming.url ?? '');
    const { 'proxy-authorization': _, ...headers } = incoming.headers;
    const target = this.#locate(url.hostname, Number(url.port || 80));
    const upstream = request({
      ...target,
      method: incoming.method,
      path: url.pathname + url.search,
      headers,
      agent: false,
    });
    upstream.once('socket', (socket) => this.#leaves(socket));
    upstream.once('response', (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
      response.once('error', () => outgoing.destroy());
    });
    upstream.once('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()));
    outgoing.once('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }

  #tunnel(asked: IncomingMessage, socket: Socket): void {
    this.#keep(socket);
    const status = this.#note(asked);
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(asked.url ?? '') ?? [];
    const upstream = connect(this.#locate(host, Number(port)));
    this.#leaves(upstream);
    this.#keep(upstream);
    upstream.once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.once('close', () => upstream.destroy());
  }

  /** @returns the status that it refuses it with */
  #note({ method, url, headers }: IncomingMessage): number | undefined {
    this.asked.push(`${method} ${url}`);
    this.headers.push(headers);
    const { login, status } = this.#options;
    if (status !== undefined || login === undefined) return status;
    const wanted = `Basic ${Buffer.from(login).toString('base64')}`;
    return headers['proxy-authorization'] === wanted ? undefined : 407;
  }

  #locate(host: string, port: number): { host: string; port: number } {
    const known = this.#options.names?.[`${host}:${port}`];
    if (known === undefined) return { host, port };
    const { hostname, port: at } = new URL(known);
    return { host: hostname, port: Number(at) };
  }

  #leaves(socket: Socket): void {
    socket.once('connect', () => this.outgoing.add(socket.localPort));
  }

  #keep(socket: Socket): void {
    socket.on('error', () => {});
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** The connections that servers of this process accept: who has come past a proxy. */
export class AcceptedConnections implements Disposable {
  readonly #seen: { readonly to: number | undefined; readonly from: number | undefined }[] = [];
  readonly #onSocket = (message: unknown) => {
    const { localPort, remotePort } = (message as { socket: Socket }).socket;
    this.#seen.push({ to: localPort, from: remotePort });
  };

  constructor() {
    subscribe('net.server.socket', this.#onSocket);
  }

  /** Those to other servers than the proxy, which it has not made. */
  past(proxy: ProxyServer): number[] {
    return this.#seen
      .filter(({ to, from }) => to !== proxy.port && !proxy.outgoing.has(from))
      .map(({ to }) => to ?? 0);
  }

  /** Those that the proxy has made. */
  by(proxy: ProxyServer): number {
    return this.#seen.filter(({ from }) => proxy.outgoing.has(from)).length;
  }

  [Symbol.dispose](): void {
    unsubscribe('net.server.socket', this.#onSocket);
  }
}
