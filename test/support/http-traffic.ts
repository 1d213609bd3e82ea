import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';

const CLIENT = 'http.client.request.start';
const SERVER = 'http.server.request.start';
/** Turns of the event loop without a request after which nothing is on its way between two of them. */
const QUIET_TURNS = 6;

/** The HTTP of this process, on both its ends: who asks, and who is being answered. */
export class HttpTraffic implements Disposable {
  readonly #open = new Set<ClientRequest | ServerResponse>();
  /** Requests that have begun, ever. */
  #begun = 0;
  readonly #onClient = (message: unknown) => this.#began((message as { request: ClientRequest }).request);
  readonly #onServer = (message: unknown) =>
    this.#began((message as { request: IncomingMessage; response: ServerResponse }).response);

  constructor() {
    subscribe(CLIENT, this.#onClient);
    subscribe(SERVER, this.#onServer);
  }

  get begun(): number {
    return this.#begun;
  }

  /** Resolves when no request is under way, and none has begun for some turns of the event loop. */
  async quiet(): Promise<void> {
    let begun = this.#begun;
    for (let turns = 0; turns < QUIET_TURNS; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#open.size === 0 && this.#begun === begun && !isWaitingForSystem()) continue;
      begun = this.#begun;
      turns = -1;
    }
  }

  #began(one: ClientRequest | ServerResponse): void {
    this.#begun += 1;
    this.#open.add(one);
    one.once('close', () => this.#open.delete(one));
  }

  [Symbol.dispose](): void {
    unsubscribe(CLIENT, this.#onClient);
    unsubscribe(SERVER, this.#onServer);
  }
}

/** Whether a file, a name, a connection, a compression or another program is being waited for: a request may come of it. */
function isWaitingForSystem(): boolean {
  return process
    .getActiveResourcesInfo()
    .some((kind) => /^(?:FSReq|GetAddrInfo|TCPConnect|Zlib|ProcessWrap)/.test(kind));
}
