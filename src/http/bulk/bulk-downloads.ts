import type { LookupFunction } from 'node:net';
import { absoluteBase, type HttpProxy, NO_PROXIES, type Proxies, targetOf } from '../../proxy/http-proxy.ts';
import { whyNotFollowed } from '../followed-redirect.ts';
import type { HttpRequest, Opened } from '../http-exchange.ts';
import { promisedLength, requestIdOf } from '../response-headers.ts';
import type { HttpTimeouts } from '../timeouts.ts';
import {
  redirected,
  type TransportContext,
  type TransportFailure,
  tookTooLong,
  transportFailure,
} from '../transport-errors.ts';
import { BulkBody } from './bulk-body.ts';
import { type BulkConnection, PhaseTimeout } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { ResponseHead } from './response-head.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** What HTTP/1.1 carries in a header as it is (RFC 9110 §5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

export interface BulkOptions {
  /** Called with where a redirect leads, before that is asked. */
  readonly onRedirect?: (target: string) => void;
  /** Default: none. */
  readonly proxies?: Proxies;
  /** Default: by the system. */
  readonly lookup?: LookupFunction | undefined;
}

interface Answered {
  readonly head: ResponseHead;
  readonly connection: BulkConnection;
}

/**
 * Downloads over connections whose bytes are neither parsed nor copied: for archives, where that is most of the CPU
 * time. It speaks the plain HTTP/1.1 that object stores use for downloads, and leaves everything else, by
 * origin, to got.
 */
export class BulkDownloads {
  readonly #userAgent: string;
  readonly #timeouts: HttpTimeouts;
  readonly #pool: ConnectionPool;
  readonly #proxies: Proxies;
  readonly #onRedirect: (target: string) => void;
  /** Origins that have answered in a way that is not read here. */
  readonly #others = new Set<string>();

  constructor(
    userAgent: string,
    timeouts: HttpTimeouts,
    { onRedirect = () => {}, proxies = NO_PROXIES, lookup }: BulkOptions = {},
  ) {
    this.#userAgent = userAgent;
    this.#timeouts = timeouts;
    this.#proxies = proxies;
    this.#onRedirect = onRedirect;
    this.#pool = new ConnectionPool(timeouts, proxies, lookup);
  }

  /**
   * Sends a GET and waits for the head of its response; redirects are followed, but not from https to http.
   * @returns `undefined` where a whole HTTP client is needed; nothing of the response is lost, it can be asked again
   * @throws the signal's reason
   */
  async open(
    request: HttpRequest,
    context: TransportContext,
    signal: AbortSignal,
  ): Promise<Opened | undefined> {
    let url = new URL(request.url);
    try {
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const answered = this.#isPlain(url, request) ? await this.#ask(url, request, signal) : undefined;
        if (answered === undefined) return undefined;
        const { status, headers } = answered.head;
        if (!REDIRECTS.has(status) || headers.location === undefined) {
          return { response: this.#response(url, answered, context, signal) };
        }
        const next = URL.parse(headers.location, url.href);
        this.#onRedirect(next?.href ?? headers.location);
        this.#discard(url, answered);
        const why = whyNotFollowed(url, next);
        if (why !== undefined || next === null) return refused(context, why ?? '');
        url = next;
      }
      return refused(context, 'it redirects again and again');
    } catch (error) {
      signal.throwIfAborted();
      return { failure: failureOf(error, context) };
    }
  }

  /** Closes every connection. */
  close(): void {
    this.#pool.close();
  }

  #isPlain(url: URL, { headers }: HttpRequest): boolean {
    if (url.username !== '' || url.password !== '' || this.#others.has(url.origin)) return false;
    return Object.values(headers).every((value) => FIELD_VALUE.test(value));
  }

  async #ask(url: URL, request: HttpRequest, signal: AbortSignal): Promise<Answered | undefined> {
    const headers = { ...request.headers, 'user-agent': this.#userAgent };
    const target = targetOf(url);
    const proxy = target.secure ? undefined : this.#proxies.for(target);
    const head = proxy === undefined ? requestHead(url, headers) : proxiedHead(url, headers, proxy);
    const reused = request.freshConnection ? undefined : this.#pool.reuse(url);
    if (reused !== undefined) {
      const before = reused.received;
      try {
        return this.#readable(url, reused, await reused.ask(head, this.#timeouts.response, signal));
      } catch (error) {
        this.#pool.drop(reused);
        // The server closed it while it rested: the server has not seen the request: it may be sent again.
        const metNobody = reused.received === before && !(error instanceof PhaseTimeout);
        if (signal.aborted || !metNobody) throw error;
      }
    }
    const connection = await this.#pool.open(url, signal);
    try {
      return this.#readable(url, connection, await connection.ask(head, this.#timeouts.response, signal));
    } catch (error) {
      this.#pool.drop(connection);
      throw error;
    }
  }

  #readable(url: URL, connection: BulkConnection, head: ResponseHead | undefined): Answered | undefined {
    if (head !== undefined) return { head, connection };
    this.#others.add(url.origin);
    this.#pool.drop(connection);
    return undefined;
  }

  #response(url: URL, { head, connection }: Answered, context: TransportContext, signal: AbortSignal) {
    const { status, headers, framing, keepsAlive } = head;
    const requestId = requestIdOf(headers['x-request-id']);
    const answered = { ...context, status, requestId };
    const onEnd = () => (keepsAlive ? this.#pool.release(url, connection) : this.#pool.drop(connection));
    const body = new BulkBody({
      connection,
      framing,
      expected: promisedLength(status, headers),
      context: answered,
      signal,
      onEnd,
    });
    return { status, headers, requestId, context: answered, body };
  }

  /** Lets a redirect go. Its body is not read: one that never comes would keep the download waiting. */
  #discard(url: URL, { head, connection }: Answered): void {
    if (head.framing === 0 && head.keepsAlive) this.#pool.release(url, connection);
    else this.#pool.drop(connection);
  }
}

function requestHead(url: URL, headers: Readonly<Record<string, string>>, base = ''): string {
  const fields = Object.entries({ host: url.host, ...headers, connection: 'keep-alive' });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `GET ${base}${url.pathname}${url.search} HTTP/1.1\r\n${lines}\r\n`;
}

/** Without a tunnel the proxy reads the request itself: the whole URL, and its own login. */
function proxiedHead(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { authorization }: HttpProxy,
): string {
  const login = authorization === undefined ? {} : { 'proxy-authorization': authorization };
  return requestHead(url, { ...headers, ...login }, absoluteBase(targetOf(url)));
}

function refused(context: TransportContext, why: string): Opened {
  return { failure: { error: redirected(context, why), neverSent: false } };
}

function failureOf(error: unknown, context: TransportContext): TransportFailure {
  if (!(error instanceof PhaseTimeout)) return transportFailure(error, context);
  return { error: tookTooLong(context, error.phase, error.milliseconds), neverSent: false };
}
