import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/integrity/checksum.ts';
import type { ListedObject } from '../../src/ports/archive-store.ts';
import { downloadStream } from '../../src/recovery/download/download-stream.ts';
import type { Reading } from '../../src/recovery/download/fetch-block.ts';
import { S3ArchiveStore } from '../../src/stores/s3/s3-archive-store.ts';
import { SELF_SIGNED } from '../sources/scalingo/self-signed.ts';
import { aManifest } from '../stores/s3/manifest-fixture.ts';
import {
  ARCHIVE,
  bytesIn,
  bytesOf,
  calm,
  failureOf,
  KEY,
  MiB,
  PART,
  piecesOf,
  startStore,
} from '../stores/s3/store-fixture.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memoryLog } from '../support/memory-log.ts';
import { storeOptions } from '../support/store-options.ts';

/** Three blocks of at most 8 MiB. */
const BYTES = bytesOf(17 * MiB + 12_345);

/** The response to one request, whose range and proper headers these are. */
type Respond = (response: ServerResponse, piece: Buffer, headers: Record<string, string>) => void;

const whole: Respond = (response, piece, headers) => void response.writeHead(206, headers).end(piece);

/** A store with one archive, whose first responses are these; all others are as they should be. */
async function start(...script: Respond[]) {
  const ranges: string[] = [];
  const connections = new Set<unknown>();
  const server = createServer((request: IncomingMessage, response) => {
    connections.add(request.socket);
    const { range = '', authorization = '' } = request.headers;
    ranges.push(range);
    const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    const piece = BYTES.subarray(Number(first), Number(last) + 1);
    const isSigned = /^AWS4-HMAC-SHA256 .*SignedHeaders=[^,]*host;[^,]*, Signature=/.test(authorization);
    if (!isSigned || request.url?.startsWith(`/archives/${KEY}?`) !== true)
      return void response.writeHead(400).end();
    (script.shift() ?? whole)(response, piece, {
      etag: '"e"',
      'content-range': `bytes ${first}-${last}/${BYTES.length}`,
      'content-length': String(piece.length),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
  const clock = new FakeClock({ auto: true });
  const store = new S3ArchiveStore(storeOptions({ endpoint, region: 'us-east-1', ...keys }), clock);
  const { log, events } = memoryLog();
  const reading: Reading = {
    store: store.heardBy(log),
    archive: { ...ARCHIVE, key: KEY } as ListedObject,
    manifest: aManifest({
      size: BYTES.length,
      checksum: { ...digestOf('CRC32', BYTES), kind: 'full-object' },
    }),
    stallTimeout: 300,
    maxAttempts: 3,
    connections: 2,
    clock,
    random: () => 0,
    log,
    onBytes: () => {},
  };
  return {
    reading,
    ranges,
    connections,
    events,
    async [Symbol.asyncDispose]() {
      store.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function expectRead(reading: Reading): Promise<void> {
  const read = await bytesIn(downloadStream(reading, calm()));
  expect(read.equals(BYTES)).toBe(true);
}

const half = (piece: Buffer) => piece.subarray(0, piece.length / 2);

describe('an archive that is read back in ranges', () => {
  it('comes over as many connections as there are blocks at once, which are kept', async () => {
    await using world = await start();
    await expectRead(world.reading);
    expect(world.ranges.toSorted()).toEqual([
      `bytes=0-${8 * MiB - 1}`,
      `bytes=${16 * MiB}-${BYTES.length - 1}`,
      `bytes=${8 * MiB}-${16 * MiB - 1}`,
    ]);
    expect(world.connections.size).toBe(2);
    expect(world.events).toEqual([]);
  });

  it.each<[string, Respond, string]>([
    [
      'cut short',
      (response, piece, headers) => {
        response.writeHead(206, headers).write(half(piece), () => response.socket?.end());
      },
      'broke off after',
    ],
    [
      'reset',
      (response, piece, headers) => {
        response.writeHead(206, headers).write(half(piece), () => response.socket?.resetAndDestroy());
      },
      'broke off after',
    ],
    [
      'stalled',
      (response, piece, headers) => void response.writeHead(206, headers).write(half(piece)),
      'gave no byte of the archive',
    ],
    [
      'too long',
      (response, piece, headers) => {
        const more = Buffer.concat([piece, Buffer.alloc(1000)]);
        response.writeHead(206, { ...headers, 'content-length': String(more.length) }).end(more);
      },
      'more bytes than were asked for',
    ],
    [
      'in a chunk that is cut',
      (response, piece, { 'content-length': _, ...headers }) => {
        response.writeHead(206, headers).write(half(piece), () => response.socket?.end());
      },
      'broke off after',
    ],
  ])('goes on from where it broke: %s', async (_, fault, told) => {
    await using world = await start(fault);
    await expectRead(world.reading);
    expect(world.events).toMatchObject([
      {
        event: 'archive.retried',
        fields: { error: { code: 's3.timeout', message: expect.stringContaining(told) } },
      },
    ]);
    expect(world.ranges).toHaveLength(4);
    expect(new Set(world.ranges).size).toBe(4);
  });

  it('asks again after a 503, within the request', async () => {
    await using world = await start((response) => {
      const error = '<Error><Code>ServiceUnavailable</Code><Message>Later</Message></Error>';
      response.writeHead(503, { 'content-type': 'application/xml' }).end(error);
    });
    await expectRead(world.reading);
    expect(world.events).toMatchObject([{ event: 's3.retried' }]);
    expect(world.ranges).toHaveLength(4);
  });

  it.each<[string, Respond, number]>([
    [
      'in chunks',
      (response, piece, { 'content-length': _, ...headers }) =>
        void response.writeHead(206, headers).end(piece),
      3,
    ],
    [
      'to the end of its connection',
      (response, piece, { 'content-length': _, ...headers }) => {
        response.useChunkedEncodingByDefault = false;
        response.writeHead(206, { ...headers, connection: 'close' }).end(piece);
      },
      3,
    ],
    [
      'behind a head that is not the last: it is asked again by a whole HTTP client',
      (response, piece, headers) => {
        response.writeProcessing();
        whole(response, piece, headers);
      },
      4,
    ],
  ])('comes whole %s', async (_, framing, requests) => {
    await using world = await start(framing);
    await expectRead(world.reading);
    expect(world.ranges).toHaveLength(requests);
    expect(world.events).toEqual([]);
  });

  it('ends with the reason of its signal', async () => {
    const over = new AbortController();
    const reason = new Error('over');
    await using world = await start((response, piece, headers) => {
      response.writeHead(206, headers).write(half(piece), () => over.abort(reason));
    });
    const read = bytesIn(downloadStream(world.reading, over.signal));
    await expect(read).rejects.toBe(reason);
  });
});

describe('a store by TLS with a CA of its own', () => {
  it('gives ranges to who knows the CA, and to no other', async () => {
    await using fixture = await startStore({ ca: SELF_SIGNED.cert }, { tls: SELF_SIGNED });
    const bytes = bytesOf(PART);
    await fixture.upload(piecesOf(bytes));
    const range = { start: 10, end: bytes.length };
    const read = await bytesIn(await fixture.store.readRange(ARCHIVE, range, calm()));
    expect(read.equals(bytes.subarray(10))).toBe(true);
    const other = fixture.another({ ca: undefined });
    expect(await failureOf(other.readRange(ARCHIVE, range, calm()))).toMatchObject({
      code: 's3.network',
      hint: expect.stringContaining('s3.caFile'),
      retryable: false,
    });
  });
});
