import dns from 'node:dns';
import type { ClientRequest } from 'node:http';
import type { LookupFunction } from 'node:net';
import got, { type OptionsInit, type Request, type Response } from 'got';
import { NO_PROXIES, type Proxies, targetOf } from '../proxy/http-proxy.ts';
import { type Agents, proxyAgents } from '../proxy/proxy-agents.ts';
import { refusedBy } from '../proxy/proxy-error.ts';
import { BulkDownloads } from './bulk/bulk-downloads.ts';
import { isLocalHost, whyNotFollowed } from './followed-redirect.ts';
import { guardedLookup, LeadsHere } from './guarded-lookup.ts';
import type { HttpRequest, Opened } from './http-exchange.ts';
import { ResponseBody } from './response-body.ts';
import { promisedLength, requestIdOf } from './response-headers.ts';
import { DEFAULT_TIMEOUTS, type HttpTimeouts, proxyTimeouts } from './timeouts.ts';
import {
  type MakeError,
  redirected,
  type TransportContext,
  tookTooLong,
  transportFailure,
} from './transport-errors.ts';

const MAX_REDIRECTS = 5;

export interface HttpClientOptions {
  readonly userAgent: string;
  /** Makes the errors of the service that is asked. */
  readonly makeError: MakeError;
  readonly timeouts?: Partial<HttpTimeouts> | undefined;
  /** Default: none. */
  readonly proxies?: Proxies | undefined;
  /** Called with where a redirect leads, before that is asked: it may carry authority. */
  readonly onRedirect?: (target: string) => void;
  /** How names are looked up. Default: by the system. */
  readonly lookup?: LookupFunction | undefined;
}

/** Sends single requests with got; never repeats one. */
export class HttpClient {
  readonly #userAgent: string;
  readonly #makeError: MakeError;
  readonly #timeouts: HttpTimeouts;
  readonly #bulk: BulkDownloads;
  readonly #onRedirect: (target: string) => void;
  readonly #proxies: Proxies;
  readonly #kept: Agents;
  readonly #fresh: Agents;
  readonly #lookups: Readonly<Record<HttpRequest['kind'], LookupFunction>>;
  /** Whether the service is at this machine: then so may its archives be. */
  #isLocal = false;

  constructor(options: HttpClientOptions) {
    const { userAgent, makeError, timeouts, proxies = NO_PROXIES, onRedirect = () => {} } = options;
    this.#userAgent = userAgent;
    this.#makeError = makeError;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...timeouts };
    this.#proxies = proxies;
    const bounds = proxyTimeouts(this.#timeouts);
    this.#kept = proxyAgents(proxies, { keepAlive: true }, bounds);
    this.#fresh = proxyAgents(proxies, {}, bounds);
    const bySystem: LookupFunction = (host, how, deliver) => dns.lookup(host, how, deliver);
    const lookUp = options.lookup ?? bySystem;
    this.#lookups = {
      api: guardedLookup(lookUp, () => {
        this.#isLocal = true;
      }),
      archive: guardedLookup(lookUp, (host) => {
        if (!this.#isLocal) throw new LeadsHere(host);
      }),
    };
    this.#bulk = new BulkDownloads(userAgent, this.#timeouts, {
      onRedirect,
      proxies,
      lookup: this.#lookups.archive,
    });
    this.#onRedirect = onRedirect;
  }

  /**
   * Sends one request and waits for the headers of its response, whatever the status.
   * @throws the signal's reason when it is or becomes aborted
   */
  async open(request: HttpRequest, signal: AbortSignal): Promise<Opened> {
    signal.throwIfAborted();
    const url = new URL(request.url);
    if (request.kind === 'api' && isLocalHost(url)) this.#isLocal = true;
    const context: TransportContext = {
      makeError: this.#makeError,
      operation: request.operation,
      host: url.host,
      proxy: this.#proxies.for(targetOf(url))?.name,
      secure: url.protocol === 'https:',
    };
    const bulk = request.kind === 'archive' ? await this.#bulk.open(request, context, signal) : undefined;
    const opened = bulk ?? (await this.#openStream(request, context, signal));
    const target = targetOf(url);
    const proxy = this.#proxies.for(target);
    if (proxy === undefined || target.secure || opened.response?.status !== 407) return opened;
    // No tunnel says it: the response to the request itself is the proxy's.
    opened.response.body.destroy();
    return { failure: transportFailure(refusedBy(proxy, 407, url.host), context) };
  }

  async #openStream(request: HttpRequest, context: TransportContext, signal: AbortSignal): Promise<Opened> {
    const { promise, resolve } = Promise.withResolvers<Opened>();
    let stream: Request;
    try {
      stream = this.#stream(request, context, signal);
    } catch (error) {
      return { failure: { ...transportFailure(error, context), neverSent: true } };
    }
    stream.once('response', (response: Response) => {
      const { statusCode: status, headers } = response;
      const requestId = requestIdOf(headers['x-request-id']);
      const answered = { ...context, status, requestId };
      // Built here and now: an error in the next tick must find its listener.
      const body = new ResponseBody({
        source: stream,
        expected: request.kind === 'archive' ? promisedLength(status, headers) : null,
        context: answered,
        signal,
      });
      resolve({ response: { status, headers, requestId, context: answered, body } });
    });
    // got's own clock for the response is stopped by what is no final one: a 101, or the redirect before it.
    const longest = this.#longestWait;
    const timer = setTimeout(() => {
      resolve({ failure: { error: tookTooLong(context, 'response', longest), neverSent: false } });
      stream.destroy();
    }, longest);
    // Stays for good: what comes after the headers is the body's affair, which has a listener of its own.
    stream.on('error', (error: unknown) => resolve({ failure: transportFailure(error, context) }));
    stream.once('request', (sent: ClientRequest) => {
      sent.once('upgrade', (_response, socket) => {
        socket.destroy();
        const why = 'it switches to another protocol (101), which nothing here asked for';
        resolve({ failure: { error: redirected(context, why), neverSent: false } });
      });
    });
    const opened = await promise;
    clearTimeout(timer);
    if (signal.aborted) {
      opened.response?.body.destroy();
      signal.throwIfAborted();
    }
    return opened;
  }

  /** From the request to the head of the last redirect's target, in milliseconds. */
  get #longestWait(): number {
    const { lookup, connect, secureConnect, response } = this.#timeouts;
    return lookup + connect + secureConnect + response;
  }

  /** Closes every connection. */
  close(): void {
    this.#bulk.close();
    for (const agents of [this.#kept, this.#fresh]) {
      agents.http.destroy();
      agents.https.destroy();
    }
  }

  #stream(request: HttpRequest, context: TransportContext, signal: AbortSignal): Request {
    const { request: whole, ...phases } = this.#timeouts;
    const archive = request.kind === 'archive';
    return got.stream(request.url, {
      method: request.method,
      headers: { ...request.headers, 'user-agent': this.#userAgent },
      ...(request.body === undefined ? {} : { body: request.body }),
      dnsLookup: this.#lookups[request.kind] as OptionsInit['dnsLookup'],
      agent: request.freshConnection ? this.#fresh : this.#kept,
      // The loop around us repeats: it needs our clock, the limiter and fresh tokens between two tries.
      retry: { limit: 0 },
      throwHttpErrors: false,
      // A redirected API call would carry the bearer to wherever the response says.
      followRedirect: archive,
      maxRedirects: MAX_REDIRECTS,
      decompress: !archive,
      timeout: archive ? phases : { ...phases, request: whole },
      signal,
      hooks: {
        beforeRedirect: [
          (next) => {
            const target = new URL(String(next.url));
            this.#onRedirect(target.href);
            const why = whyNotFollowed(new URL(request.url), target);
            if (why !== undefined) throw redirected(context, why);
          },
        ],
      },
    });
  }
}
