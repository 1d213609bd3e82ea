import type { LookupFunction } from 'node:net';
import type { Proxies } from '../../proxy/http-proxy.ts';
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
import type { BulkBody } from './bulk-body.ts';
import { type Answered, BulkRequests } from './bulk-requests.ts';
import { PhaseTimeout } from './connection.ts';

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface BulkOptions {
  /** Called with where a redirect leads, before that is asked. */
  readonly onRedirect?: (target: string) => void;
  /** Default: none. */
  readonly proxies?: Proxies;
  /** Default: by the system. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * Downloads over connections whose bytes are neither parsed nor copied: for archives, where that is most of the CPU
 * time. It speaks the plain HTTP/1.1 that object stores use for downloads, and leaves everything else, by
 * origin, to got.
 */
export class BulkDownloads {
  readonly #userAgent: string;
  readonly #timeouts: HttpTimeouts;
  readonly #requests: BulkRequests;
  readonly #onRedirect: (target: string) => void;

  constructor(
    userAgent: string,
    timeouts: HttpTimeouts,
    { onRedirect = () => {}, proxies, lookup }: BulkOptions = {},
  ) {
    this.#userAgent = userAgent;
    this.#timeouts = timeouts;
    this.#onRedirect = onRedirect;
    this.#requests = new BulkRequests(timeouts, proxies, { lookup });
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
        const answered = await this.#ask(url, request, signal);
        if (answered === undefined) return undefined;
        const { status, headers } = answered.head;
        if (!REDIRECTS.has(status) || headers.location === undefined) {
          return { response: responseOf(answered, context, signal) };
        }
        const next = URL.parse(headers.location, url.href);
        this.#onRedirect(next?.href ?? headers.location);
        answered.discard();
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
    this.#requests.close();
  }

  #ask(url: URL, request: HttpRequest, signal: AbortSignal): Promise<Answered | undefined> {
    const { headers, freshConnection } = request;
    const asked = {
      url,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, ...headers, 'user-agent': this.#userAgent },
      freshConnection,
      timeout: this.#timeouts.response,
    };
    return this.#requests.ask(asked, signal);
  }
}

function responseOf(answered: Answered, context: TransportContext, signal: AbortSignal) {
  const { status, headers } = answered.head;
  const requestId = requestIdOf(headers['x-request-id']);
  const known = { ...context, status, requestId };
  const body: BulkBody = answered.body(promisedLength(status, headers), known, signal);
  return { status, headers, requestId, context: known, body };
}

function refused(context: TransportContext, why: string): Opened {
  return { failure: { error: redirected(context, why), neverSent: false } };
}

function failureOf(error: unknown, context: TransportContext): TransportFailure {
  if (!(error instanceof PhaseTimeout)) return transportFailure(error, context);
  return { error: tookTooLong(context, error.phase, error.milliseconds), neverSent: false };
}
