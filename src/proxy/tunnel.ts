import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { authorityOf, type HttpProxy, type Target } from './http-proxy.ts';
import { ProxyError, refusedBy, silent, unreached } from './proxy-error.ts';

/** Milliseconds. */
export interface ProxyTimeouts {
  /** To the proxy: the look-up of its name, TCP, and TLS where it speaks that. */
  readonly connect: number;
  /** From a CONNECT to its response: the proxy connects to the target meanwhile. */
  readonly tunnel: number;
  /** The TLS handshake with the target. */
  readonly secureConnect: number;
}

export const PROXY_TIMEOUTS: ProxyTimeouts = { connect: 10_000, tunnel: 20_000, secureConnect: 10_000 };

/** A connection to the proxy. @throws ProxyError; the signal's reason */
export async function connectToProxy(
  proxy: HttpProxy,
  timeouts: ProxyTimeouts,
  signal: AbortSignal,
): Promise<Socket> {
  const { host, port, secure } = proxy;
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = secure
    ? connectSecure({ host, port, ...servername, ALPNProtocols: ['http/1.1'] })
    : connectPlain({ host, port });
  socket.setNoDelay(true);
  const connected = happened<Socket>(socket, (resolve) => {
    socket.once(secure ? 'secureConnect' : 'connect', () => resolve(socket));
  });
  return within(socket, connected, {
    milliseconds: timeouts.connect,
    late: () => silent(proxy, 'connection', timeouts.connect),
    failed: (thrown) => unreached(proxy, thrown),
    signal,
  });
}

/**
 * A connection through the proxy, on which nothing has been said yet to the target (CONNECT, RFC 9110 §9.3.6).
 * @throws ProxyError; the signal's reason
 */
export async function openTunnel(
  proxy: HttpProxy,
  target: Target,
  timeouts: ProxyTimeouts,
  signal: AbortSignal,
): Promise<Socket> {
  const authority = authorityOf(target);
  const socket = await connectToProxy(proxy, timeouts, signal);
  const { authorization } = proxy;
  const asked = happened<{ response: IncomingMessage; more: Buffer }>(socket, (resolve, reject) => {
    const request = httpRequest({
      method: 'CONNECT',
      path: authority,
      headers: {
        host: authority,
        ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
      },
      createConnection: () => socket,
    });
    request.once('connect', (response, _socket, more) => resolve({ response, more }));
    request.on('error', reject);
    request.end();
  });
  const { response, more } = await within(socket, asked, {
    milliseconds: timeouts.tunnel,
    late: () => silent(proxy, `response to CONNECT ${authority}`, timeouts.tunnel),
    failed: (thrown) => unreached(proxy, thrown),
    signal,
  });
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300 && more.length === 0) return socket;
  socket.destroy();
  if (status < 200 || status >= 300) throw refusedBy(proxy, status, authority);
  throw new ProxyError(proxy, `sent bytes of its own behind its response to CONNECT ${authority}`, {
    code: 'PROXY_NOT_HTTP',
    hint: 'Check HTTPS_PROXY: what listens there is no HTTP proxy.',
    retryable: true,
  });
}

/** The TLS handshake with the target over a tunnel. @throws ProxyError; what TLS raises; the signal's reason */
export function handshake<S extends Socket>(
  socket: S,
  proxy: HttpProxy,
  target: Target,
  milliseconds: number,
  signal: AbortSignal,
): Promise<S> {
  const secured = happened<S>(socket, (resolve) => socket.once('secureConnect', () => resolve(socket)));
  return within(socket, secured, {
    milliseconds,
    late: () => silent(proxy, `TLS handshake with ${authorityOf(target)}`, milliseconds),
    failed: (thrown) => thrown,
    signal,
  });
}

/** Settles by `begin`, or rejects when the socket fails. */
function happened<T>(
  socket: Socket,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  // Stays: an error between two owners must find a listener.
  socket.on('error', reject);
  socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })));
  begin(resolve, reject);
  return promise;
}

interface Bounds {
  readonly milliseconds: number;
  readonly late: () => Error;
  readonly failed: (thrown: unknown) => unknown;
  readonly signal: AbortSignal;
}

/** Closes the socket where the wait fails, takes too long or is not wanted any more. */
async function within<T>(
  socket: Socket,
  happens: Promise<T>,
  { milliseconds, late, failed, signal }: Bounds,
): Promise<T> {
  const over = Promise.withResolvers<never>();
  const timer = setTimeout(() => over.reject(late()), milliseconds);
  const onAbort = () => over.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([happens.catch((thrown) => Promise.reject(failed(thrown))), over.promise]);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
