import { type AgentOptions, type ClientRequest, type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions as HttpsAgentOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { absoluteBase, type HttpProxy, type Proxies, type Target } from './http-proxy.ts';
import { connectToProxy, handshake, openTunnel, PROXY_TIMEOUTS, type ProxyTimeouts } from './tunnel.ts';

/** What got and the SDK send their requests by. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

type Created = (error: Error | null, socket: Duplex) => void;

/** Agents that send each request by the proxy that is meant for it, or directly. */
export function proxyAgents(
  proxies: Proxies,
  options: HttpsAgentOptions = {},
  timeouts: ProxyTimeouts = PROXY_TIMEOUTS,
): Agents {
  return {
    http: new PlainAgent(proxies, options, timeouts),
    https: new SecureAgent(proxies, options, timeouts),
  };
}

/** What Node calls with each request, and does not document; `http-proxy-agent` and others have relied on it for years. */
interface AgentInternals {
  addRequest(request: ClientRequest, options: ClientRequestArgs): void;
}
const { addRequest } = HttpAgent.prototype as unknown as AgentInternals;

/** Aborted when the request for which a connection is made is over. */
const OVER = Symbol('over');
type WithOver = ClientRequestArgs & { readonly [OVER]?: AbortSignal };

function withOver(request: ClientRequest, options: ClientRequestArgs): WithOver {
  const over = new AbortController();
  request.once('close', () => over.abort(new Error('the request is over')));
  return { ...options, [OVER]: over.signal };
}

/** Requests by `http:`. */
class PlainAgent extends HttpAgent {
  readonly #proxies: Proxies;
  readonly #timeouts: ProxyTimeouts;

  constructor(proxies: Proxies, options: AgentOptions, timeouts: ProxyTimeouts) {
    super(options);
    this.#proxies = proxies;
    this.#timeouts = timeouts;
  }

  addRequest(request: ClientRequest, options: ClientRequestArgs): void {
    const target = targetFrom(options, false);
    const proxy = this.#proxies.for(target);
    if (proxy === undefined) {
      addRequest.call(this, request, options);
      return;
    }
    request.path = absoluteBase(target) + request.path;
    if (proxy.authorization !== undefined) request.setHeader('proxy-authorization', proxy.authorization);
    addRequest.call(this, request, withOver(request, options));
  }

  override createConnection(options: WithOver, created?: Created): Duplex | null | undefined {
    const proxy = this.#proxies.for(targetFrom(options, false));
    if (proxy === undefined) return super.createConnection(options, created);
    deliver(connectToProxy(proxy, this.#timeouts, signalOf(options)), created);
    return undefined;
  }
}

/** Requests by `https:`. Through a proxy they have a tunnel, in which TLS is as without. */
class SecureAgent extends HttpsAgent {
  readonly #proxies: Proxies;
  readonly #timeouts: ProxyTimeouts;

  constructor(proxies: Proxies, options: HttpsAgentOptions, timeouts: ProxyTimeouts) {
    super(options);
    this.#proxies = proxies;
    this.#timeouts = timeouts;
  }

  addRequest(request: ClientRequest, options: ClientRequestArgs): void {
    const isDirect = this.#proxies.for(targetFrom(options, true)) === undefined;
    addRequest.call(this, request, isDirect ? options : withOver(request, options));
  }

  override createConnection(options: WithOver, created?: Created): Duplex | null | undefined {
    const target = targetFrom(options, true);
    const proxy = this.#proxies.for(target);
    if (proxy === undefined) return super.createConnection(options, created);
    deliver(this.#connect(proxy, target, options), created);
    return undefined;
  }

  async #connect(proxy: HttpProxy, target: Target, options: WithOver): Promise<Socket> {
    const signal = signalOf(options);
    const socket = await openTunnel(proxy, target, this.#timeouts, signal);
    const secured = super.createConnection({ ...options, socket } as ClientRequestArgs) as Socket;
    return handshake(secured, proxy, target, this.#timeouts.secureConnect, signal);
  }
}

function targetFrom({ host, port }: ClientRequestArgs, secure: boolean): Target {
  return { secure, host: host ?? 'localhost', port: Number(port ?? (secure ? 443 : 80)) };
}

function signalOf({ [OVER]: over }: WithOver): AbortSignal {
  return over ?? new AbortController().signal;
}

function deliver(connecting: Promise<Socket>, created: Created | undefined): void {
  connecting.then(
    (socket) => created?.(null, socket),
    // Node looks at the socket only where there is no error.
    (error: Error) => created?.(error, undefined as unknown as Duplex),
  );
}
