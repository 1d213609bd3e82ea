import { absoluteBase, type HttpProxy, NO_PROXIES, type Proxies, targetOf } from '../../proxy/http-proxy.ts';
import type { HttpTimeouts } from '../timeouts.ts';
import type { TransportContext } from '../transport-errors.ts';
import { BulkBody } from './bulk-body.ts';
import { type BulkConnection, type BulkWay, PhaseTimeout } from './connection.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { ResponseHead } from './response-head.ts';

/** What HTTP/1.1 carries in a header as it is (RFC 9110 §5.5). */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** What it carries as the target of a request (RFC 9112 §3.2). */
const TARGET = /^\/[\x21-\x7e]*$/;

/** A GET, as it is sent. */
export interface BulkRequest {
  /** Its origin counts: where it goes. */
  readonly url: URL;
  /** Path and query, as they are sent: a signature may be of them. */
  readonly path: string;
  /** `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** A connection of its own. */
  readonly freshConnection: boolean;
  /** Milliseconds from the request sent to the head received. */
  readonly timeout: number;
}

/** The head of a response; its body is still to be read, or to be discarded. */
export interface Answered {
  readonly head: ResponseHead;
  /** @param expected bytes that must come; `null` where that is not known */
  body(expected: number | null, context: TransportContext, signal: AbortSignal): BulkBody;
  /** Lets it go. What body it has is not read: one that never comes would keep its reader waiting. */
  discard(): void;
}

/**
 * Sends GETs over connections whose bytes are neither parsed nor copied. It speaks the plain HTTP/1.1 that object stores use for
 * archives, and leaves everything else, by origin, to a whole HTTP client.
 */
export class BulkRequests {
  readonly #pool: ConnectionPool;
  readonly #proxies: Proxies;
  /** Origins that have answered in a way that is not read here. */
  readonly #others = new Set<string>();

  constructor(timeouts: HttpTimeouts, proxies: Proxies = NO_PROXIES, way: Omit<BulkWay, 'proxy'> = {}) {
    this.#proxies = proxies;
    this.#pool = new ConnectionPool(timeouts, proxies, way);
  }

  /**
   * Sends one and waits for the head of its response.
   * @returns `undefined` where a whole HTTP client is needed; nothing of the response is lost, it can be asked again
   * @throws PhaseTimeout; what the system raises; ProxyError; the signal's reason
   */
  async ask(request: BulkRequest, signal: AbortSignal): Promise<Answered | undefined> {
    const { url, timeout } = request;
    if (!this.#isPlain(request)) return undefined;
    const target = targetOf(url);
    const head = requestHead(request, target.secure ? undefined : this.#proxies.for(target));
    const reused = request.freshConnection ? undefined : this.#pool.reuse(url);
    if (reused !== undefined) {
      const before = reused.received;
      try {
        return this.#readable(url, reused, await reused.ask(head, timeout, signal));
      } catch (error) {
        this.#pool.drop(reused);
        // The server closed it while it rested: the server has not seen the request: it may be sent again.
        const metNobody = reused.received === before && !(error instanceof PhaseTimeout);
        if (signal.aborted || !metNobody) throw error;
      }
    }
    const connection = await this.#pool.open(url, signal);
    try {
      return this.#readable(url, connection, await connection.ask(head, timeout, signal));
    } catch (error) {
      this.#pool.drop(connection);
      throw error;
    }
  }

  /** Closes every connection. */
  close(): void {
    this.#pool.close();
  }

  #isPlain({ url, path, headers }: BulkRequest): boolean {
    if (url.username !== '' || url.password !== '' || this.#others.has(url.origin)) return false;
    return TARGET.test(path) && Object.values(headers).every((value) => FIELD_VALUE.test(value));
  }

  #readable(url: URL, connection: BulkConnection, head: ResponseHead | undefined): Answered | undefined {
    if (head === undefined) {
      this.#others.add(url.origin);
      this.#pool.drop(connection);
      return undefined;
    }
    const { framing, keepsAlive } = head;
    const onEnd = () => (keepsAlive ? this.#pool.release(url, connection) : this.#pool.drop(connection));
    return {
      head,
      body: (expected, context, signal) =>
        new BulkBody({ connection, framing, expected, context, signal, onEnd }),
      discard: () => (framing === 0 ? onEnd() : this.#pool.drop(connection)),
    };
  }
}

/** Without a tunnel the proxy reads the request itself: the whole URL, and its own login. */
function requestHead({ url, path, headers }: BulkRequest, proxy: HttpProxy | undefined): string {
  const login = proxy?.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
  const base = proxy === undefined ? '' : absoluteBase(targetOf(url));
  const fields = Object.entries({ ...headers, ...login, connection: 'keep-alive' });
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `GET ${base}${path} HTTP/1.1\r\n${lines}\r\n`;
}
