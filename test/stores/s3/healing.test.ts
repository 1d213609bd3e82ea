import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../../sandbox/s3/failures.ts';
import type { LeaseRecord } from '../../../src/ports/lease.ts';
import { credentialService } from '../../support/credential-service.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { aManifest } from './manifest-fixture.ts';
import { ARCHIVE, bytesOf, calm, failureOf, startStore } from './store-fixture.ts';

const LEASE: LeaseRecord = {
  ...{ holder: 'run-1', host: 'machine', pid: 42, processTable: 'boot pid:[1]' },
  ...{ acquiredAt: '2026-01-01T00:00:00.000Z', renewedAt: '2026-01-01T00:00:00.000Z' },
};

afterEach(() => vi.unstubAllEnvs());

const CHAIN = { accessKeyId: undefined, secretAccessKey: undefined };

function begin(fixture: Awaited<ReturnType<typeof startStore>>) {
  return fixture.store.beginUpload({ archive: ARCHIVE, metadata: {}, mustBeNew: true }, calm());
}

async function* once(bytes: Buffer) {
  yield bytes;
}

describe('credentials that end before the time that they name', () => {
  it.each<[string, Fault]>([
    ['a code', { kind: 'error', code: 'ExpiredToken' }],
    ['the bare 400 of a HEAD', { kind: 'error', code: 'ExpiredToken', status: 400 }],
  ])('are fetched anew, and the request is sent again: by %s', async (_, fault) => {
    await using fixture = await startStore(CHAIN);
    await using service = await credentialService(fixture.s3);
    const script = fixture.s3.fail({ operation: 'HeadObject', fault });
    expect(await fixture.store.head(ARCHIVE, calm())).toBeUndefined();
    expect(script.hits).toBe(1);
    expect(service.asked()).toBe(2);
  });

  it('fail a part that can be read only once, and its sender may send it again', async () => {
    await using fixture = await startStore(CHAIN);
    await using service = await credentialService(fixture.s3);
    const upload = await begin(fixture);
    fixture.s3.fail({ operation: 'UploadPart', fault: { kind: 'error', code: 'ExpiredToken' } });
    const bytes = bytesOf(1000);
    const send = () => upload.sendPart(1, bytes.length, once(bytes), calm());
    expect(await failureOf(send())).toMatchObject({ code: 's3.forbidden', retryable: true });
    expect(service.asked()).toBe(2);
    expect(await send()).toMatchObject({ number: 1, size: 1000 });
  });

  it('that come from a service are its own to look at, where new ones are refused as well', async () => {
    await using fixture = await startStore(CHAIN);
    await using service = await credentialService(fixture.s3);
    const fault: Fault = { kind: 'error', code: 'ExpiredToken' };
    fixture.s3.fail({ operation: 'ListObjectsV2', fault, times: 50 });
    expect(await failureOf(fixture.store.list('shop', calm()))).toMatchObject({
      code: 's3.forbidden',
      retryable: false,
      hint: expect.stringContaining('AWS_CONTAINER_CREDENTIALS_FULL_URI'),
    });
    expect(service.asked()).toBe(2);
  });

  it('that are set as they are cannot be renewed: the hint names them, and nothing is sent again', async () => {
    await using fixture = await startStore({ sessionToken: 'fixed' });
    const fault: Fault = { kind: 'error', code: 'ExpiredToken' };
    const script = fixture.s3.fail({ operation: 'ListObjectsV2', fault, times: 50 });
    expect(await failureOf(fixture.store.list('shop', calm()))).toMatchObject({
      code: 's3.forbidden',
      retryable: false,
      hint: expect.stringContaining('AWS_SESSION_TOKEN'),
    });
    expect(script.hits).toBe(1);
  });
});

describe('a clock that is off', () => {
  const fault: Fault = {
    kind: 'error',
    code: 'RequestTimeTooSkewed',
    headers: { date: new Date(Date.now() + 20 * 60_000).toUTCString() },
  };

  it('is corrected by the time of the store, there and back', async () => {
    await using fixture = await startStore();
    // From now on requests are signed by a time that is 20 minutes late, which the server refuses by its own.
    const script = fixture.s3.fail({ operation: 'ListObjectsV2', fault });
    expect(await fixture.store.list('shop', calm())).toMatchObject({ archives: [] });
    expect(script.hits).toBe(1);
    expect(fixture.s3.requested({ operation: 'ListObjectsV2' }).length).toBeGreaterThan(2);
  });

  it('fails a part that can be read only once, and its sender may send it again', async () => {
    await using fixture = await startStore();
    const upload = await begin(fixture);
    fixture.s3.fail({ operation: 'UploadPart', fault });
    const bytes = bytesOf(1000);
    const send = () => upload.sendPart(1, bytes.length, once(bytes), calm());
    expect(await failureOf(send())).toMatchObject({ code: 's3.forbidden', retryable: true });
    // Refused by the time of the server, whose response puts it right.
    expect(await failureOf(send())).toMatchObject({ retryable: true });
    expect(await send()).toMatchObject({ number: 1 });
  });

  it('of a store that does not say what time it is stays a refusal', async () => {
    await using fixture = await startStore();
    const script = fixture.s3.fail({
      operation: 'ListObjectsV2',
      fault: { kind: 'error', code: 'RequestTimeTooSkewed' },
      times: 50,
    });
    expect(await failureOf(fixture.store.list('shop', calm()))).toMatchObject({
      code: 's3.forbidden',
      retryable: false,
      hint: expect.stringContaining('clock'),
    });
    expect(script.hits).toBe(1);
  });
});

describe('a small object', () => {
  const cuts: [string, Fault][] = [
    ['whose connection is closed after the head', { kind: 'reset', afterBytes: 0 }],
    ['of which half comes', { kind: 'reset', afterBytes: 100 }],
  ];

  it.each(cuts)('%s is asked for again: a manifest', async (_, fault) => {
    await using fixture = await startStore();
    const manifest = aManifest({ key: fixture.store.keyOf(ARCHIVE) });
    await fixture.store.writeManifest(manifest, calm());
    const script = fixture.s3.fail({ operation: 'GetObject', fault });
    expect(await fixture.store.readManifest(ARCHIVE, calm())).toEqual(manifest);
    expect(script.hits).toBe(1);
  });

  it.each(cuts)('%s is asked for again: a lease', async (_, fault) => {
    await using fixture = await startStore();
    await fixture.store.leases.writeLease('shop', LEASE, undefined, calm());
    const script = fixture.s3.fail({ operation: 'GetObject', fault });
    expect(await fixture.store.leases.readLease('shop', calm())).toMatchObject({ record: LEASE });
    expect(script.hits).toBe(1);
  });

  it('without a length, whose connection is closed after the head, is asked for again', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      response.writeHead(200, { etag: '"x"', 'content-type': 'application/json' });
      if (++asked === 1) response.write('{"holder":', () => response.destroy());
      else response.end(JSON.stringify(LEASE));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await using fixture = await startStore({ endpoint });
      expect(await fixture.store.leases.readLease('shop', calm())).toMatchObject({ record: LEASE });
      expect(asked).toBe(2);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('whose write meets another one on its way (409) is written again', async () => {
    await using fixture = await startStore();
    const fault: Fault = { kind: 'error', code: 'ConditionalRequestConflict', status: 409 };
    fixture.s3.fail({ operation: 'PutObject', fault });
    await fixture.store.leases.writeLease('shop', LEASE, undefined, calm());
    expect(await fixture.store.leases.readLease('shop', calm())).toMatchObject({ record: LEASE });
  });
});

describe('each try that failed', () => {
  it('leaves a line in the log of its run', async () => {
    await using fixture = await startStore();
    const { log, events } = memoryLog({ runId: 'run-7', database: 'shop' });
    const store = fixture.store.heardBy(log);
    fixture.s3.fail({ operation: 'HeadObject', fault: { kind: 'reset', afterBytes: 0 } });
    fixture.s3.fail({ operation: 'HeadObject', fault: { kind: 'error', code: 'SlowDown' } });
    await store.head(ARCHIVE, calm());
    await fixture.store.head(ARCHIVE, calm());
    const operation = `HeadObject archives/${fixture.store.keyOf(ARCHIVE)}`;
    const fields = { runId: 'run-7', database: 'shop', operation, delayMs: expect.any(Number) };
    expect(events).toMatchObject([
      {
        level: 'warn',
        event: 's3.retried',
        fields: {
          ...fields,
          attempt: 1,
          error: {
            code: 's3.network',
            message: expect.stringContaining('the connection was cut (ECONNRESET)'),
          },
        },
      },
      { level: 'warn', event: 's3.retried', fields: { ...fields, attempt: 2, error: { status: 503 } } },
    ]);
  });

  it('of a store that is silent leaves one too', async () => {
    await using fixture = await startStore({ timeoutScale: 0.002 });
    const { log, events } = memoryLog();
    fixture.s3.fail({ operation: 'HeadObject', fault: { kind: 'hang' } });
    await fixture.store.heardBy(log).head(ARCHIVE, calm());
    expect(events.map(({ event }) => event)).toEqual(['s3.waiting', 's3.retried']);
    expect(events[1]).toMatchObject({ fields: { error: { code: 's3.timeout' } } });
  });
});

describe('an error of the network', () => {
  it('that is a reset does not say that time ran out, and names the host and the seconds', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'HeadObject', fault: { kind: 'reset', afterBytes: 0 }, times: 50 });
    const error = await failureOf(fixture.store.head(ARCHIVE, calm()));
    expect(error.code).toBe('s3.network');
    expect(error.message).toMatch(
      new RegExp(
        `: no response from ${fixture.s3.endpoint} after [\\d.]+ m?s: the connection was cut \\(ECONNRESET\\)$`,
      ),
    );
  });

  it('of https where the store speaks http names the scheme', async () => {
    await using fixture = await startStore();
    const endpoint = fixture.s3.endpoint.replace('http:', 'https:');
    expect(await failureOf(fixture.another({ endpoint }).requireBucket(calm()))).toMatchObject({
      code: 's3.network',
      message: expect.stringMatching(/no response from https:.+ the TLS handshake failed \(EPROTO\)/),
      hint: 's3.endpoint (S3_ENDPOINT) says https: if the store speaks http at this port, correct it.',
    });
  });

  it('of a host that only the region names says so', async () => {
    await using fixture = await startStore();
    const store = fixture.another({ endpoint: undefined, region: 'eu-wset-3.invalid' });
    expect(await failureOf(store.requireBucket(calm()))).toMatchObject({
      code: 's3.network',
      message: expect.stringContaining('eu-wset-3.invalid'),
      hint: expect.stringContaining('s3.region (S3_REGION)'),
    });
  });

  it('that is the page of a gateway counts by its status', async () => {
    await using fixture = await startStore();
    const body = '<html><head><title>504</title><body><p>timed out<br></body></html>';
    const fault: Fault = { kind: 'foreign', body, contentType: 'text/html', status: 504 };
    fixture.s3.fail({ operation: 'ListObjectsV2', fault, times: 50 });
    expect(await failureOf(fixture.store.list('shop', calm()))).toMatchObject({
      code: 's3.failed',
      status: 504,
      message: 'ListObjectsV2 archives/shop/: 504 GatewayTimeout: an HTML page came with it',
      retryable: true,
    });
  });
});
