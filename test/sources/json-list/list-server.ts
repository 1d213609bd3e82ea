import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A backup as the server has it. */
export interface ServedBackup {
  readonly id: string;
  readonly createdAt: string;
  readonly bytes: Buffer;
  /** Whether the list states its size. Default: yes. */
  readonly statesSize?: boolean;
}

/** How it hands out archives. May be changed at any time. */
export interface ListServerBehaviour {
  /** Whether it honours `Range`. */
  ranges: boolean;
  /** Whether a download has a strong ETag. */
  etag: boolean;
  /** A download that starts at this byte or later gives nothing and does not end; `undefined`: all are given. */
  hangsFrom: number | undefined;
}

/** A JSON list of backups and their archives, over HTTP. */
export class ListServer implements AsyncDisposable {
  readonly backups: ServedBackup[] = [];
  readonly behaviour: ListServerBehaviour = { ranges: true, etag: true, hangsFrom: undefined };
  /** First byte of each download that was asked for. */
  readonly asked: number[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ListServer> {
    const server = createServer();
    const started = new ListServer(server);
    server.on('request', (request, response) => started.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  /** The address of the list. */
  get url(): string {
    return `${this.#origin}/backups.json`;
  }

  get #origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (path === '/backups.json') {
      const entries = this.backups.map(({ id, createdAt, bytes, statesSize = true }) => ({
        id,
        createdAt,
        url: `${this.#origin}/archives/${id}`,
        ...(statesSize ? { size: bytes.length } : {}),
      }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify(entries));
      return;
    }
    const backup = this.backups.find(({ id }) => path === `/archives/${id}`);
    if (backup === undefined) response.writeHead(404).end();
    else this.#sendArchive(backup, request, response);
  }

  #sendArchive({ id, bytes }: ServedBackup, request: IncomingMessage, response: ServerResponse): void {
    const { ranges, etag, hangsFrom } = this.behaviour;
    const match = ranges ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') : null;
    const start = Number(match?.[1] ?? 0);
    const end = Math.min(match?.[2] ? Number(match[2]) : bytes.length - 1, bytes.length - 1);
    this.asked.push(start);
    if (etag) response.setHeader('etag', `"${id}-${bytes.length}"`);
    if (match !== null && start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
      return;
    }
    const body = bytes.subarray(start, end + 1);
    const range = `bytes ${start}-${end}/${bytes.length}`;
    response.writeHead(match === null ? 200 : 206, {
      'content-length': body.length,
      ...(match === null ? {} : { 'content-range': range }),
    });
    if (hangsFrom === undefined || start < hangsFrom) response.end(body);
    else response.flushHeaders();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
