import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { S3Operation } from '../../../sandbox/s3/options.ts';
import type { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import { memoryLog } from '../../support/memory-log.ts';
import {
  ARCHIVE,
  bytesOf,
  calm,
  failureOf,
  PART,
  piecesOf,
  standingStill,
  startStore,
} from './store-fixture.ts';

/** A minute of timeoutScale becomes 60 ms. */
const timeoutScale = 0.001;

const CALLS: readonly (readonly [S3Operation, (store: S3ArchiveStore) => Promise<unknown>])[] = [
  ['HeadBucket', (store) => store.requireBucket(calm())],
  ['CreateMultipartUpload', (store) => store.probe('shop', calm())],
  ['ListObjectsV2', (store) => store.list('shop', calm())],
  ['GetObject', (store) => store.readManifest(ARCHIVE, calm())],
  ['HeadObject', (store) => store.head(ARCHIVE, calm())],
  ['GetObject', (store) => store.read(ARCHIVE, calm())],
  ['GetObject', (store) => store.readRange(ARCHIVE, { start: 0, end: 100 }, calm())],
  ['DeleteObject', (store) => store.deleteObject(ARCHIVE, calm())],
  ['ListMultipartUploads', (store) => store.listUploads('shop', calm())],
  ['GetObject', (store) => store.leases.readLease('shop', calm())],
  ['DeleteObject', (store) => store.leases.removeLease('shop', calm())],
];

describe('while a store is silent, the log says what is waited for', () => {
  it('a call, at least once a minute', async () => {
    await using fixture = await startStore({ timeoutScale: 0.01 });
    const { log, events } = memoryLog({ runId: 'run-7', database: 'shop' });
    fixture.s3.fail({ operation: 'HeadObject', fault: { kind: 'hang' } });
    await fixture.store.heardBy(log).head(ARCHIVE, calm());
    const [waiting] = events.filter(({ event }) => event === 's3.waiting');
    expect(waiting).toMatchObject({
      level: 'info',
      fields: {
        ...{ runId: 'run-7', database: 'shop' },
        operation: expect.stringContaining('HeadObject archives/'),
        host: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      },
    });
    // A minute is 600 ms here.
    expect(Number(waiting?.fields.waitedMs)).toBeGreaterThanOrEqual(499);
  });

  it('the first part, and once for all that wait', async () => {
    await using fixture = await startStore({ timeoutScale: 0.005 });
    const { log, events } = memoryLog();
    const over = Promise.withResolvers<void>();
    fixture.s3.fail({
      operation: 'UploadPart',
      fault: { kind: 'hold', until: over.promise },
      times: Number.POSITIVE_INFINITY,
    });
    const waits = () => events.filter(({ event }) => event === 's3.waiting').map(({ fields }) => fields);
    const store = fixture.store.heardBy(log);
    const upload = await store.beginUpload({ archive: ARCHIVE, mustBeNew: true, metadata: {} }, calm());
    const bytes = bytesOf(PART);
    const parts = [1, 2, 3].map((number) => upload.sendPart(number, PART, piecesOf(bytes), calm()));
    // 250 ms are 50 s here.
    await expect
      .poll(
        () =>
          waits()
            .map(({ waitedMs }) => Number(waitedMs))
            .at(-1),
        { timeout: 10_000 },
      )
      .toBeGreaterThan(490);
    over.resolve();
    await Promise.all(parts);
    expect(waits()[0]?.operation).toMatch(/^UploadPart \d of archives\//);
    // Each of the three would have made six by now.
    expect(waits().length).toBeLessThan(5);
  });
});

describe('a store that never answers', () => {
  it.concurrent.each(CALLS)('%s is given up, and says which', async (operation, call) => {
    await using fixture = await startStore({ timeoutScale });
    fixture.s3.put(fixture.store.keyOf(ARCHIVE), bytesOf(100));
    const silent = fixture.s3.fail({ operation, fault: { kind: 'hang' }, times: Number.POSITIVE_INFINITY });
    const error = await failureOf(call(fixture.store));
    expect(error).toMatchObject({
      code: 's3.timeout',
      message: expect.stringContaining(`${operation} archives`),
      hint: expect.stringContaining('s3.endpoint'),
    });
    expect(silent.hits).toBeGreaterThan(1);
  });

  it.concurrent.each(['UploadPart', 'CompleteMultipartUpload'] as const)(
    'to %s: the upload is given up and aborted, although the source stands still',
    async (operation) => {
      // Each try of the clean-up has 300 ms then: enough on a busy machine too.
      await using fixture = await startStore({ timeoutScale: 0.005 });
      fixture.s3.fail({
        operation,
        fault: { kind: 'hang', after: 'body' },
        times: Number.POSITIVE_INFINITY,
      });
      // What follows a part is passed on in pieces of 1 MiB.
      const bytes = bytesOf(PART + 2 ** 20);
      const body = operation === 'UploadPart' ? standingStill(bytes) : piecesOf(bytes);
      const error = await failureOf(fixture.upload(body));
      expect(error).toMatchObject({ code: 's3.timeout', message: expect.stringContaining(operation) });
      expect(fixture.s3.keys()).toEqual([]);
      expect(fixture.s3.uploads()).toEqual([]);
    },
    60_000,
  );

  it('to one request only is asked again', async () => {
    await using fixture = await startStore({ timeoutScale });
    fixture.s3.fail({ operation: 'HeadObject', fault: { kind: 'hang' } });
    expect(await fixture.store.head(ARCHIVE, calm())).toBeUndefined();
  });

  it('is left at once when the signal says so', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'ListObjectsV2', fault: { kind: 'hang' } });
    const stop = new AbortController();
    const listing = fixture.store.list('shop', stop.signal);
    listing.catch(() => {});
    await fixture.s3.seen({ operation: 'ListObjectsV2' });
    stop.abort(new Error('stop'));
    await expect(listing).rejects.toThrow('stop');
  });
});

describe('a store that is not there', () => {
  it('is said to be out of reach, with what to check', async () => {
    const port = await freePort();
    await using fixture = await startStore({ endpoint: `http://127.0.0.1:${port}` });
    expect(await failureOf(fixture.store.requireBucket(calm()))).toMatchObject({
      code: 's3.network',
      message: expect.stringMatching(
        new RegExp(
          `^HeadBucket archives: no response from http://127\\.0\\.0\\.1:${port} after [^:]+ m?s: the connection was refused \\(ECONNREFUSED\\)$`,
        ),
      ),
      hint: expect.stringContaining('s3.endpoint'),
    });
  });

  it('has no such name', async () => {
    await using fixture = await startStore({ endpoint: 'http://store.invalid' });
    expect(await failureOf(fixture.store.requireBucket(calm()))).toMatchObject({
      code: 's3.network',
      message: expect.stringMatching(
        /^HeadBucket archives: no response from http:\/\/store\.invalid after .+ m?s: the .+ \((ENOTFOUND|EAI_AGAIN)\)$/,
      ),
    });
  });
});

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
