import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ArchiverError, toArchiverError } from '../../model/errors.ts';
import type { EventLog } from '../../ports/event-log.ts';
import { networkWords } from '../../text/network-errors.ts';

export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

export interface HttpServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** `undefined`: every address of the machine. */
  readonly host: string | undefined;
  /** By path, `/healthz`. They are asked with GET or HEAD. */
  readonly pages: Readonly<Record<string, () => Page | Promise<Page>>>;
  readonly log: EventLog;
}

export interface HttpServer {
  readonly port: number;
  /** Lets responses that are under way end, for a second at most, and closes every connection. */
  close(): Promise<void>;
}

/** Milliseconds. A probe or a scrape takes none of them; who is slower than this wants to occupy us. */
const HEADERS_WITHIN = 5_000;
const REQUEST_WITHIN = 10_000;
const IDLE_AFTER = 5_000;
const SOCKET_SILENT = 30_000;
const CLOSE_WITHIN = 1_000;
const MOST_CONNECTIONS = 100;

/**
 * A small server for machines: a few pages, read only, everything bounded.
 * @throws ArchiverError `http.listen_failed`, where the address cannot be had
 */
export async function startHttpServer({ port, host, pages, log }: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(
    {
      headersTimeout: HEADERS_WITHIN,
      requestTimeout: REQUEST_WITHIN,
      keepAliveTimeout: IDLE_AFTER,
      connectionsCheckingInterval: 1_000,
      maxHeaderSize: 8 * 1024,
    },
    (request, response) => {
      serve(request, response, pages).catch((error: unknown) => {
        log.error('http.failed', { path: pathOf(request), error: toArchiverError(error) });
        send(request, response, plain(500, 'this page failed; the log says why\n'));
      });
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.setTimeout(SOCKET_SILENT);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailed(error, port, host)));
    server.listen({ port, host }, resolve);
  });
  // After that an error concerns one connection that could not be accepted.
  server.on('error', (error) => log.warn('http.failed', { error: toArchiverError(error) }));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        const force = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN);
        server.close(() => {
          clearTimeout(force);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** A page of plain text. */
export function plain(status: number, text: string): Page {
  return { status, contentType: 'text/plain; charset=utf-8', text };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  pages: HttpServerOptions['pages'],
): Promise<void> {
  // What a request carries beside its headers is of no interest, and must not fill the memory.
  request.resume();
  const path = pathOf(request);
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (page === undefined) {
    send(request, response, plain(404, `there is only ${Object.keys(pages).join(', ')}\n`));
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(request, response, plain(405, 'only GET and HEAD\n'));
  } else send(request, response, await page());
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, text }: Page): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '';
}

const WORDS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'this user may not; ports below 1024 need a privilege',
};

function listenFailed(error: Error, port: number, host: string | undefined): ArchiverError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const where = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
  return new ArchiverError(
    'http.listen_failed',
    `health and metrics cannot be served on ${where}: ${WORDS[code] ?? networkWords(code) ?? error.message}`,
    { hint: 'Change http.port (HTTP_PORT) or http.host (HTTP_HOST), or leave the port out.', cause: error },
  );
}
