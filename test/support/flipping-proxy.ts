import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Which request bodies count: those that carry an archive's bytes, and not the probe's. */
const ARCHIVE = /_[0-9a-f]{24}\.tar\.gz(\?|$)/;

/**
 * An HTTP proxy in front of a store that inverts bits of archives on their way in. Bytes are counted over the
 * bodies of UploadPart and PutObject, framing and trailers with them, in the order in which they pass.
 */
export class FlippingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: URL;
  #flipIn = Number.POSITIVE_INFINITY;
  #every = false;
  #flips = 0;
  #passed = 0;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((incoming, outgoing) => {
      this.#forward(incoming, outgoing).catch(() => {
        incoming.destroy();
        outgoing.destroy();
      });
    });
    this.#server.requestTimeout = 0;
  }

  static async start(target: string): Promise<FlippingProxy> {
    const proxy = new FlippingProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes of archives that have passed. */
  get passed(): number {
    return this.#passed;
  }

  /** Bits that were inverted. */
  get flips(): number {
    return this.#flips;
  }

  /** Inverts a bit of the byte that has so many bytes before it, counted from now. */
  flipAfter(bytes: number): void {
    this.#flipIn = bytes;
  }

  /** Inverts a bit of every body from now on, or of none. */
  flipEvery(every: boolean): void {
    this.#every = every;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const upstream = request({
      host: this.#target.hostname,
      port: this.#target.port,
      method,
      path: url,
      // The host too: it is signed.
      headers,
    });
    const answered = once(upstream, 'response') as Promise<[IncomingMessage]>;
    answered.catch(() => {});
    const counts = method === 'PUT' && ARCHIVE.test(url);
    // A store may answer before it has read all: what comes of the body then is of no interest.
    const sent = counts ? pipeline(incoming, this.#flipper(), upstream) : pipeline(incoming, upstream);
    sent.catch(() => {});
    const [answer] = await answered;
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, outgoing);
  }

  #flipper(): Transform {
    let due = this.#every;
    return new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#passed += chunk.length;
        const at = due ? chunk.length >> 1 : this.#flipIn;
        this.#flipIn -= chunk.length;
        if (at < 0 || at >= chunk.length) return done(null, chunk);
        due = false;
        this.#flips += 1;
        const flipped = Buffer.from(chunk);
        flipped[at] = (flipped[at] ?? 0) ^ 0x10;
        return done(null, flipped);
      },
    });
  }
}
