import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/process/system-clock.ts';
import { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import { storeOptions } from '../../support/store-options.ts';
import { ARCHIVE, calm, failureOf } from './store-fixture.ts';

/** A store whose every object goes on for ever, and does not say how long it is. */
const server = createServer((_request, response) => {
  response.writeHead(200, { etag: '"endless"' });
  pour(response);
});
let store: S3ArchiveStore;

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write('x'.repeat(2 ** 16)));
  response.once('drain', () => pour(response));
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  store = new S3ArchiveStore(
    storeOptions({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-east-1',
      accessKeyId: 'AKIAENDLESSEXAMPLE',
      secretAccessKey: 'secret-of-the-endless-server',
    }),
    systemClock,
  );
});
afterAll(() => {
  store.close();
  server.close();
  server.closeAllConnections();
});

describe('an object without end', () => {
  it('is no manifest', async () => {
    expect(await failureOf(store.readManifest(ARCHIVE, calm()))).toMatchObject({
      code: 'manifest.invalid',
      message: expect.stringContaining('it has more than 65536 bytes'),
      hint: expect.any(String),
    });
  });

  it('is no lease of ours', async () => {
    expect(await store.leases.readLease('shop', calm())).toEqual({ record: null, version: '"endless"' });
  });

  it('holds no connection once it is known for what it is', async () => {
    await failureOf(store.readManifest(ARCHIVE, calm()));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () =>
      server.getConnections((error, open) => {
        if (error) reject(error);
        else if (open === 0) resolve();
        else setImmediate(look);
      });
    look();
    await promise;
  });
});
