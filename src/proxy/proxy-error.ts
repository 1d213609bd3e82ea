import { formatDuration } from '../text/duration.ts';
import { isCertificateFault, networkCodeOf, networkWords } from '../text/network-errors.ts';
import type { HttpProxy } from './http-proxy.ts';

const UNREACHED =
  'Check HTTPS_PROXY and HTTP_PROXY, and the way to the proxy; NO_PROXY names the hosts that are reached without it.';
const LOGIN =
  'Put the login into the URL of the proxy (HTTPS_PROXY, HTTP_PROXY), its special characters percent-encoded: http://user:password@host:port.';

export interface ProxyErrorOptions {
  /** What a person can do about it. */
  readonly hint: string;
  /** Node's code of a failed connection, or one of this file. */
  readonly code: string;
  /** Whether the same may go well later. */
  readonly retryable: boolean;
}

/** The proxy cannot be reached, or does not let a request pass. The target has seen nothing of it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: string;
  readonly hint: string;
  readonly retryable: boolean;
  /** Host and port. */
  readonly proxy: string;

  constructor({ name }: HttpProxy, what: string, { code, hint, retryable }: ProxyErrorOptions) {
    super(`the proxy ${name} ${what}`);
    this.proxy = name;
    this.code = code;
    this.hint = hint;
    this.retryable = retryable;
  }
}

/** @param thrown what Node raised on the connection to the proxy; never repeated, but for its code */
export function unreached(proxy: HttpProxy, thrown: unknown): ProxyError {
  if (thrown instanceof ProxyError) return thrown;
  const code = networkCodeOf(thrown) ?? 'UNKNOWN';
  const isBad = isCertificateFault(code);
  const words = isBad ? 'its TLS certificate was not accepted' : (networkWords(code) ?? 'the request failed');
  const hint = isBad ? 'A proxy with a certificate of its own needs NODE_EXTRA_CA_CERTS.' : UNREACHED;
  return new ProxyError(proxy, `cannot be used: ${words} (${code})`, { code, hint, retryable: !isBad });
}

/** @param milliseconds of silence @param what it was waited for */
export function silent(proxy: HttpProxy, what: string, milliseconds: number): ProxyError {
  const options = { code: 'ETIMEDOUT', hint: UNREACHED, retryable: true };
  return new ProxyError(proxy, `gave no ${what} within ${formatDuration(milliseconds)}`, options);
}

/** What its status says of a CONNECT (RFC 9110 §9.3.6), or 407 of any request. */
export function refusedBy(proxy: HttpProxy, status: number, authority: string): ProxyError {
  const code = `PROXY_STATUS_${status}`;
  if (status === 407) {
    const what =
      proxy.authorization === undefined ? 'demands a login' : 'does not accept the login in its URL';
    return new ProxyError(proxy, `${what} (407)`, { code, hint: LOGIN, retryable: false });
  }
  if (status >= 500 || status === 408 || status === 429) {
    return new ProxyError(proxy, `did not get through to ${authority} (${status})`, {
      code,
      hint: 'Check the name and the port of the host, and the way out of the network of the proxy.',
      retryable: true,
    });
  }
  return new ProxyError(proxy, `refuses to connect to ${authority} (${status})`, {
    code,
    hint: 'Have the proxy allow this host and port, or name the host in NO_PROXY where it can be reached directly.',
    retryable: false,
  });
}
