import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy that inverts one bit of what the client sends: the byte at `offset`, counted over all
 * connections in the order in which the bytes pass.
 */
export class FlippingProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #offset: number;
  #passed = 0;

  private constructor(target: URL, offset: number) {
    this.#offset = offset;
    this.#server = createServer((client) => {
      const store = connect(Number(target.port), target.hostname);
      for (const socket of [client, store]) {
        this.#sockets.add(socket);
        socket.on('close', () => this.#sockets.delete(socket));
        // One end that breaks takes the other with it; the program sees a cut connection.
        socket.on('error', () => {
          client.destroy();
          store.destroy();
        });
      }
      client.on('data', (chunk: Buffer) => {
        this.#flip(chunk);
        if (!store.write(chunk)) client.pause();
      });
      store.on('drain', () => client.resume());
      client.on('end', () => store.end());
      store.pipe(client);
    });
  }

  static async start(target: string, offset: number): Promise<FlippingProxy> {
    const proxy = new FlippingProxy(new URL(target), offset);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Bytes that the client has sent. */
  get passed(): number {
    return this.#passed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #flip(chunk: Buffer): void {
    const at = this.#offset - this.#passed;
    this.#passed += chunk.length;
    if (at >= 0 && at < chunk.length) chunk[at] = (chunk[at] ?? 0) ^ 0x04;
  }
}
