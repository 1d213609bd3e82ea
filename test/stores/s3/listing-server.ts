import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../src/process/system-clock.ts';
import { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import { storeOptions } from '../../support/store-options.ts';

/** A server that answers one listing after the other with the documents it was given. */
export class ListingServer implements AsyncDisposable {
  readonly store: S3ArchiveStore;
  /** `start-after` of each request. */
  readonly asked: (string | null)[];
  readonly #server: Server;

  private constructor(server: Server, asked: (string | null)[]) {
    this.#server = server;
    this.asked = asked;
    this.store = new S3ArchiveStore(
      storeOptions({
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        region: 'us-east-1',
        accessKeyId: 'AKIALISTINGEXAMPLE',
        secretAccessKey: 'secret-of-the-listing-server',
      }),
      systemClock,
    );
  }

  static async start(documents: readonly string[]): Promise<ListingServer> {
    const asked: (string | null)[] = [];
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://store');
      const document = documents[asked.length] ?? '';
      asked.push(searchParams.get('start-after'));
      response.setHeader('content-type', 'application/xml');
      response.end(document);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ListingServer(server, asked);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.store.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
