import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { PageCount } from '../../../src/stores/s3/client/request.ts';
import { fullPort, silentNames, silentPort } from '../../support/unreached.ts';
import { calm, failureOf, startStore } from './store-fixture.ts';

/** A minute is 300 ms; the pauses of the client between its tries are 2 s more. */
const timeoutScale = 0.005;

async function giveUp(endpoint: string) {
  await using fixture = await startStore({ endpoint, timeoutScale });
  const begun = performance.now();
  const error = await failureOf(fixture.store.requireBucket(calm()));
  return { error, milliseconds: performance.now() - begun };
}

describe('a store that is never reached is given up', () => {
  const GIVEN_UP = { code: 's3.timeout', message: expect.stringContaining('HeadBucket archives') };

  it('while its host name is looked up', async () => {
    using _ = silentNames();
    const { error, milliseconds } = await giveUp('http://store.test');
    expect(error).toMatchObject(GIVEN_UP);
    expect(milliseconds).toBeLessThan(4_000);
  });

  it('while the connection is waited for', async () => {
    await using full = await fullPort();
    const { error, milliseconds } = await giveUp(`http://127.0.0.1:${full.port}`);
    expect(error).toMatchObject(GIVEN_UP);
    expect(milliseconds).toBeLessThan(4_000);
  });

  it('while the TLS handshake is waited for', async () => {
    await using silent = await silentPort();
    const { error, milliseconds } = await giveUp(`https://127.0.0.1:${silent.port}`);
    expect(error).toMatchObject(GIVEN_UP);
    expect(milliseconds).toBeLessThan(4_000);
  });
});

it('all tries of one request have twice the time of one: a lease is given up before it would end', async () => {
  // A lease's 8 s are 2 s.
  await using fixture = await startStore({ timeoutScale: 0.25 });
  fixture.s3.fail({ operation: 'GetObject', fault: { kind: 'hang' }, times: Number.POSITIVE_INFINITY });
  const begun = performance.now();
  expect(await failureOf(fixture.store.leases.readLease('shop', calm()))).toMatchObject({
    code: 's3.timeout',
    message: expect.stringContaining('within 6.0 s, tries included'),
  });
  expect(performance.now() - begun).toBeLessThan(8_000);
});

describe('a listing without an end', () => {
  it('whose pages go round in circles is refused at the first that comes again', async () => {
    let asked = 0;
    const server = createServer((request, response) => {
      const from = new URL(request.url ?? '', 'http://store').searchParams.get('key-marker');
      asked++;
      response.setHeader('content-type', 'application/xml');
      response.end(
        `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>${from === 'a' ? 'b' : 'a'}</NextKeyMarker></ListMultipartUploadsResult>`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await using fixture = await startStore({ endpoint });
      expect(await failureOf(fixture.store.listUploads('shop', calm()))).toMatchObject({
        code: 's3.bad_listing',
        message: expect.stringContaining('where one has begun before'),
      });
      expect(asked).toBe(3);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('that has another page each time is refused after so many', () => {
    const pages = new PageCount('ListParts archives/shop', 3);
    for (const place of ['', 'a', 'b']) pages.next(place);
    expect(() => pages.next('c')).toThrow('ListParts archives/shop: the listing cannot be trusted');
  });
});
