import type { S3Client } from '@aws-sdk/client-s3';
import { type Proxies, targetOf } from '../../../proxy/http-proxy.ts';
import { ProxyError, refusedBy } from '../../../proxy/proxy-error.ts';
import { formatDuration } from '../../../text/duration.ts';
import {
  isCertificateFault,
  networkCodeOf,
  networkWords,
  ownMeansHint,
} from '../../../text/network-errors.ts';

/** A request that got no whole response. Says from where, for how long, and why. */
export class NetworkFault extends Error {
  override readonly name = 'NetworkFault';
  /** Node's, where it has one: `ECONNRESET`. */
  readonly code: string | undefined;
  readonly isTimeout: boolean;
  /** What a person can do about it. */
  readonly hint: string;
  /** Whether the same request, sent again, may get a response. */
  readonly mayPass: boolean;

  constructor(message: string, facts: Pick<NetworkFault, 'code' | 'isTimeout' | 'hint' | 'mayPass'>) {
    super(message);
    this.code = facts.code;
    this.isTimeout = facts.isTimeout;
    this.hint = facts.hint;
    this.mayPass = facts.mayPass;
  }
}

/** A response that did not come to its end in time. @param endpoint as configured */
export function stalled(message: string, endpoint: string | undefined): NetworkFault {
  const hint = networkHint(endpoint);
  return new NetworkFault(message, { code: undefined, isTimeout: true, hint, mayPass: true });
}

/** Where a request goes. */
export interface Peer {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
}

/** Scheme, host and port. */
export function addressOf({ protocol, hostname, port }: Peer): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
}

/** What to check about a store that does not respond. @param endpoint as configured; without one, the region names the host */
export function networkHint(endpoint: string | undefined): string {
  const setting = endpoint === undefined ? 's3.region (S3_REGION)' : 's3.endpoint (S3_ENDPOINT)';
  return `Check ${setting}, DNS, the firewall and the proxy between here and the store.`;
}

/**
 * Has every error of a connection say which host it was, by which scheme, after how many seconds, and through which
 * proxy. Without a tunnel a proxy that demands a login answers the request itself.
 */
export function nameNetworkFaults(
  { config: { requestHandler } }: S3Client,
  endpoint: string | undefined,
  proxies: Proxies,
): void {
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = async (request, options) => {
    const begun = performance.now();
    const target = targetOf(new URL(addressOf(request)));
    const proxy = proxies.for(target);
    try {
      const result = await handle(request, options);
      if (proxy === undefined || target.secure || statusOf(result) !== 407) return result;
      throw refusedBy(proxy, 407, target.host);
    } catch (error) {
      if (error instanceof ProxyError) throw faultOfProxy(error);
      const by = proxy === undefined ? '' : ` through the proxy ${proxy.name}`;
      throw faultOf(error, request, performance.now() - begun, endpoint, by) ?? error;
    }
  };
}

function statusOf({ response }: { response: unknown }): number | undefined {
  return (response as { statusCode?: number }).statusCode;
}

function faultOfProxy({ message, code, hint, retryable }: ProxyError): NetworkFault {
  return new NetworkFault(message, { code, isTimeout: code === 'ETIMEDOUT', hint, mayPass: retryable });
}

/** Headers of ours that HTTP does not allow: no server has seen the request. */
const OURS = 'ERR_INVALID_CHAR';

/** @returns `undefined` of what is no fault of a connection */
function faultOf(
  error: unknown,
  request: Peer,
  milliseconds: number,
  endpoint: string | undefined,
  by: string,
): NetworkFault | undefined {
  const name = error instanceof Error ? error.name : '';
  const code = networkCodeOf(error);
  // The SDK calls a reset a `TimeoutError` too: only one without a code, or with this code, is one.
  const isTimeout = code === 'ETIMEDOUT' || (code === undefined && name === 'TimeoutError');
  if (!isTimeout && code === undefined) return undefined;
  const where = `${addressOf(request)}${by} after ${formatDuration(milliseconds)}`;
  if (isTimeout) {
    const isUnconnected = error instanceof Error && error.message.includes('did not establish a connection');
    const message = isUnconnected ? `no connection to ${where}` : `no response from ${where}`;
    return new NetworkFault(message, { code, isTimeout, hint: networkHint(endpoint), mayPass: true });
  }
  const isUntrusted = isCertificateFault(code ?? '');
  const what = isUntrusted ? "the store's certificate was not accepted" : networkWords(code ?? '');
  return new NetworkFault(`no response from ${where}: ${what === undefined ? code : `${what} (${code})`}`, {
    code,
    isTimeout,
    hint: hintOf(code ?? '', isUntrusted, request, endpoint),
    mayPass: !isUntrusted && code !== OURS,
  });
}

function hintOf(
  code: string,
  isUntrusted: boolean,
  { protocol }: Peer,
  endpoint: string | undefined,
): string {
  if (isUntrusted) return "The store's certificate is not trusted: set s3.caFile (S3_CA_FILE) to its CA.";
  const own = ownMeansHint(code);
  if (own !== undefined) return own;
  if (endpoint === undefined || !(code === 'EPROTO' || code.startsWith('HPE_'))) return networkHint(endpoint);
  const other = protocol === 'https:' ? 'http' : 'https';
  return `s3.endpoint (S3_ENDPOINT) says ${protocol.replace(':', '')}: if the store speaks ${other} at this port, correct it.`;
}
