import { isIP } from 'node:net';
import { NoProxy } from './no-proxy.ts';

/** A proxy that speaks HTTP, and how it is reached. */
export interface HttpProxy {
  /** `squid.corp:3128`: for messages. Never a user or a password. */
  readonly name: string;
  /** Without the brackets of IPv6. */
  readonly host: string;
  readonly port: number;
  /** Whether it is spoken to by TLS. */
  readonly secure: boolean;
  /** `Proxy-Authorization`, where its URL has a login (RFC 9110 §11.7.2). For the proxy only. */
  readonly authorization: string | undefined;
}

/** URLs of proxies, sound ones: `http:` or `https:`, with nothing behind the host and the port. */
export interface ProxySettings {
  /** For targets by `https:`. */
  readonly https?: string | undefined;
  /** For targets by `http:`. */
  readonly http?: string | undefined;
  /** Hosts that are reached without; see `NoProxy`. */
  readonly none?: string | undefined;
}

/** Where a request goes: of a URL, or of the options of a Node request, whose host has no brackets. */
export interface Target {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
}

/** Which proxy is used for which target. Every way out of the process asks it. */
export class Proxies {
  readonly #https: HttpProxy | undefined;
  readonly #http: HttpProxy | undefined;
  readonly #none: NoProxy;

  constructor({ https, http, none = '' }: ProxySettings) {
    this.#https = https === undefined ? undefined : parseProxy(https);
    this.#http = http === undefined ? undefined : parseProxy(http);
    this.#none = new NoProxy(none);
  }

  /** Whether there is any. */
  get areSet(): boolean {
    return this.#https !== undefined || this.#http !== undefined;
  }

  /** `undefined`: it is reached directly. */
  for(target: Target): HttpProxy | undefined {
    const proxy = target.secure ? this.#https : this.#http;
    return proxy === undefined || this.#none.matches(target.host, target.port) ? undefined : proxy;
  }
}

/** Every target is reached directly. */
export const NO_PROXIES = new Proxies({});

export function targetOf({ protocol, hostname, port }: URL): Target {
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  return { secure, host, port: port === '' ? (secure ? 443 : 80) : Number(port) };
}

/** `db-api.example.com:443`, `[::1]:443`: what CONNECT asks for (RFC 9110 §9.3.6), whose port is never left out. */
export function authorityOf({ host, port }: Pick<Target, 'host' | 'port'>): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/**
 * How a request by `http:` begins that names the whole URL (RFC 9112 §3.2.2), as in the header `Host`: a proxy puts the
 * one in the place of the other, and the other may be part of a signature.
 */
export function absoluteBase({ host, port }: Target): string {
  const authority = authorityOf({ host, port });
  return `http://${port === 80 ? authority.slice(0, -':80'.length) : authority}`;
}

function parseProxy(text: string): HttpProxy {
  const url = new URL(text);
  const { secure, host, port } = targetOf(url);
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    name: authorityOf({ host, port }),
    host,
    port,
    secure,
    authorization: login === ':' ? undefined : `Basic ${Buffer.from(login).toString('base64')}`,
  };
}
