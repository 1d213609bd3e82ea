import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface SeenRequest {
  /** `GET /path`, without the query. */
  readonly operation: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Numbers the connections from 1. */
  readonly connection: number;
  /** Whether its connection is still there. */
  readonly isOpen: () => boolean;
}

export type Reply = (response: ServerResponse, request: SeenRequest) => void;

/** A real HTTP server on a free port that answers by a script, and remembers what it was asked. */
export class ScriptedServer implements AsyncDisposable {
  readonly seen: SeenRequest[] = [];
  readonly #server: Server;
  readonly #script = new Map<string, Reply[]>();
  readonly #connections = new Map<Socket, number>();
  #connected = 0;
  #heard: (() => void)[] = [];

  private constructor(makeServer: (listener: RequestListener) => Server) {
    this.#server = makeServer((request, response) => {
      void this.#answer(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#connected += 1;
      this.#connections.set(socket, this.#connected);
      socket.on('close', () => this.#connections.delete(socket));
    });
  }

  static async start(
    makeServer: (listener: RequestListener) => Server = createServer,
  ): Promise<ScriptedServer> {
    const scripted = new ScriptedServer(makeServer);
    await new Promise<void>((resolve) => scripted.#server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Open connections now. */
  get open(): number {
    return this.#connections.size;
  }

  /** Answers to one operation, one after the other; the last one stays. */
  on(operation: string, ...replies: Reply[]): this {
    this.#script.set(operation, replies);
    return this;
  }

  count(operation: string): number {
    return this.seen.filter((request) => request.operation === operation).length;
  }

  /** Resolves when an operation has been asked for the first time. */
  async heard(operation: string): Promise<void> {
    while (this.count(operation) === 0) {
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  last(operation: string): SeenRequest {
    const request = this.seen.findLast((one) => one.operation === operation);
    if (request === undefined) throw new Error(`${operation} was never asked`);
    return request;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#connections.keys()) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    const operation = `${request.method} ${url.split('?', 1)[0]}`;
    const connection = this.#connections.get(request.socket) ?? 0;
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const isOpen = () => this.#connections.has(request.socket);
    const seen = { operation, url, headers: request.headers, body, connection, isOpen };
    this.seen.push(seen);
    for (const resolve of this.#heard.splice(0)) resolve();
    const replies = this.#script.get(operation) ?? [json(404, { error: `no script for ${operation}` })];
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(response, seen);
  }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  return raw(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

export function raw(status: number, body: string | Buffer, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'x-request-id': 'req-1', ...headers });
    response.end(body);
  };
}

/** Hears the request and closes the connection without a word. */
export const hangUp: Reply = (response) => {
  response.destroy();
};

/** Hears the request and never answers. */
export const silence: Reply = () => {};

/** Announces more than it sends, then closes the connection. */
export function truncated(body: string | Buffer, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(200, { 'content-length': String(Buffer.byteLength(body) + 100), ...headers });
    response.write(body, () => response.destroy());
  };
}
