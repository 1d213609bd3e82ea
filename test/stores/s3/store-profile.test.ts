import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { storeOptions } from '../../support/store-options.ts';
import { calm } from './store-fixture.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

function storeAt(endpoint: string, options = {}): S3ArchiveStore {
  const address = { endpoint, region: 'fr-par', accessKeyId: 'a', secretAccessKey: 'b' };
  return new S3ArchiveStore({ ...storeOptions(address), ...options }, new FakeClock());
}

it('the endpoint decides the parts, in both ways', () => {
  const store = storeAt('https://s3.fr-par.scw.cloud');
  expect(store.profile.name).toBe('scaleway');
  expect(store.layoutFor(100 * GiB).partSize).toBe(103 * MiB);
  expect(store.streamLayoutFor(100 * GiB).partSize).toBe(103 * MiB);
  const explained = store.explainLayout(100 * GiB, store.layoutFor(100 * GiB));
  expect(explained).toBe('100.0 GiB must fit into 1000 parts');
});

it('the configuration goes before it', () => {
  const store = storeAt('https://s3.fr-par.scw.cloud', { maxParts: 10_000, concurrency: 9 });
  expect(store.layoutFor(100 * GiB)).toEqual({ partSize: 32 * MiB, concurrency: 9 });
  expect(store.streamLayoutFor(100 * GiB)).toEqual({ partSize: 11 * MiB, concurrency: 9 });
});

it('a store on its own host is named by what it answers', async () => {
  const server = createServer((_request, response) => {
    response.setHeader('server', 'Ceph Object Gateway (squid)').writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const store = storeAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    expect(store.profile.name).toBe('unknown');
    await store.requireBucket(calm());
    expect(store.profile.name).toBe('ceph');
  } finally {
    store.close();
    await new Promise((resolve) => server.close(resolve));
  }
});
