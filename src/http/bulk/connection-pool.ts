import { NO_PROXIES, type Proxies, targetOf } from '../../proxy/http-proxy.ts';
import type { HttpTimeouts } from '../timeouts.ts';
import { BulkConnection, type BulkWay } from './connection.ts';

/** Connections that wait for their next request, for one origin. */
const MOST_IDLE = 16;

/** Connections that have served a response to its end, by origin. */
export class ConnectionPool {
  readonly #timeouts: HttpTimeouts;
  readonly #proxies: Proxies;
  readonly #way: Omit<BulkWay, 'proxy'>;
  readonly #idle = new Map<string, BulkConnection[]>();
  readonly #open = new Set<BulkConnection>();

  constructor(timeouts: HttpTimeouts, proxies: Proxies = NO_PROXIES, way: Omit<BulkWay, 'proxy'> = {}) {
    this.#timeouts = timeouts;
    this.#proxies = proxies;
    this.#way = way;
  }

  /** The one that was used last, which is the likeliest to be open still; `undefined` where there is none. */
  reuse({ origin }: URL): BulkConnection | undefined {
    const idle = this.#idle.get(origin) ?? [];
    for (let last = idle.pop(); last !== undefined; last = idle.pop()) {
      if (last.isIdle) return last;
      this.drop(last);
    }
    return undefined;
  }

  /** A new one. @throws what `BulkConnection.open` throws */
  async open(url: URL, signal: AbortSignal): Promise<BulkConnection> {
    const proxy = this.#proxies.for(targetOf(url));
    const way = { ...this.#way, proxy };
    const connection = await BulkConnection.open(targetOf(url), this.#timeouts, signal, way);
    this.#open.add(connection);
    return connection;
  }

  /** Its response has been read to the end. */
  release({ origin }: URL, connection: BulkConnection): void {
    const idle = this.#idle.get(origin) ?? [];
    this.#idle.set(origin, idle);
    if (!connection.isIdle || idle.length >= MOST_IDLE) {
      this.drop(connection);
      return;
    }
    connection.rest();
    idle.push(connection);
  }

  drop(connection: BulkConnection): void {
    this.#open.delete(connection);
    connection.destroy();
  }

  /** Closes every connection, in use or not. */
  close(): void {
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
    this.#idle.clear();
  }
}
