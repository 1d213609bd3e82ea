import type { ProxyTimeouts } from '../proxy/tunnel.ts';

/** Milliseconds. Every phase of a request is bounded, but the body of a download: its reader watches it. */
export interface HttpTimeouts {
  readonly lookup: number;
  readonly connect: number;
  readonly secureConnect: number;
  /** From the request sent to the headers received. */
  readonly response: number;
  /** The whole of an API call, body included. */
  readonly request: number;
}

export const DEFAULT_TIMEOUTS: HttpTimeouts = {
  lookup: 10_000,
  connect: 10_000,
  secureConnect: 10_000,
  response: 30_000,
  request: 60_000,
};

/** The same bounds for what comes before a request that goes by a proxy, which looks up and connects as well. */
export function proxyTimeouts({ lookup, connect, secureConnect }: HttpTimeouts): ProxyTimeouts {
  return { connect, tunnel: lookup + connect, secureConnect };
}
