import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../sandbox/s3/failures.ts';
import type { S3Operation } from '../../../sandbox/s3/options.ts';
import { recordOf } from '../../run/lease-fixture.ts';
import { ARCHIVE, bytesOf, calm, expectBytes, KEY, MiB, PART, startStore } from './store-fixture.ts';

const XHTML = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body/></html>';
/** A static page of a web server: it has an ETag and a date, as an object has. */
const PAGE = {
  kind: 'foreign',
  headers: { etag: '"65f1c2aa-4e2"', 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' },
} as const;
const PAGES: readonly [string, Fault][] = [
  ['an HTML page', { ...PAGE, body: '<!DOCTYPE html><html><body>Sign in</body></html>' }],
  ['an XHTML page', { ...PAGE, body: XHTML, contentType: 'application/xhtml+xml' }],
];

async function* inPieces(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += MiB) yield bytes.subarray(at, at + MiB);
}

describe.each(PAGES)('%s with an ETag of its own', (_, fault) => {
  it.each<[S3Operation, number]>([
    ['PutObject', 300],
    ['UploadPart', 2 * PART],
    ['CompleteMultipartUpload', 2 * PART],
    ['HeadObject', 2 * PART],
  ])('in answer to %s is no success of it', async (operation, size) => {
    await using fixture = await startStore();
    const { s3, store } = fixture;
    const script = s3.fail({ operation, key: KEY, fault });
    const bytes = bytesOf(size);
    const receipt = await fixture.upload(inPieces(bytes));
    expect(receipt.size).toBe(size);
    expect((await store.head(ARCHIVE, calm()))?.size).toBe(size);
    await expectBytes(fixture, bytes);
    expect(s3.uploads()).toEqual([]);
    expect(script.hits).toBe(1);
  });

  it('in answer to a part that is streamed fails that part, which can be sent again', async () => {
    await using fixture = await startStore();
    const { s3, store } = fixture;
    const upload = await store.beginUpload({ archive: ARCHIVE, mustBeNew: true, metadata: {} }, calm());
    const bytes = bytesOf(MiB);
    s3.fail({ operation: 'UploadPart', fault });
    const send = () => upload.sendPart(1, bytes.length, inPieces(bytes), calm());
    await expect(send()).rejects.toMatchObject({ code: 's3.foreign_response', retryable: true });
    await upload.complete([await send()], PART, calm());
    await expectBytes(fixture, bytes);
  });
});

it('an upload that the response to CreateMultipartUpload does not name is asked for again', async () => {
  await using fixture = await startStore();
  const { s3, store } = fixture;
  const body = '<InitiateMultipartUploadResult><Bucket>archives</Bucket></InitiateMultipartUploadResult>';
  const fault: Fault = { kind: 'foreign', contentType: 'application/xml', body };
  const script = s3.fail({ operation: 'CreateMultipartUpload', fault });
  const { uploadId } = await store.beginUpload({ archive: ARCHIVE, mustBeNew: true, metadata: {} }, calm());
  expect(s3.uploads().map((upload) => upload.uploadId)).toEqual([uploadId]);
  expect(script.hits).toBe(1);
});

it('Complete keeps the connection alive with white space before its document', async () => {
  await using fixture = await startStore();
  const bytes = bytesOf(2 * PART);
  const document = `<?xml version="1.0"?><CompleteMultipartUploadResult><Key>${KEY}</Key><ETag>"e"</ETag></CompleteMultipartUploadResult>`;
  const fault: Fault = {
    kind: 'foreign',
    body: ' '.repeat(10_000) + document,
    contentType: 'application/xml',
    executed: true,
  };
  const script = fixture.s3.fail({ operation: 'CompleteMultipartUpload', fault, times: 5 });
  await fixture.upload(inPieces(bytes));
  await expectBytes(fixture, bytes);
  expect(script.hits).toBe(1);
});

it.each(['', '<html></html>', XHTML])(
  'an upload without a part is aborted, although %j came once',
  async (body) => {
    await using fixture = await startStore();
    const { s3, store } = fixture;
    const { uploadId } = await store.beginUpload({ archive: ARCHIVE, mustBeNew: true, metadata: {} }, calm());
    s3.fail({ operation: 'AbortMultipartUpload', fault: { kind: 'foreign', body } });
    await store.abortUpload({ key: KEY, uploadId }, calm());
    expect(s3.uploads()).toEqual([]);
  },
);

describe('a small object that comes in half', () => {
  const half = (body: string): Fault => ({
    kind: 'foreign',
    body,
    contentType: 'application/json',
    headers: { etag: '"0123456789abcdef0123456789abcdef"' },
  });

  it.each(['', '{"holder":"one","host":"mach'])('is asked for again: a lease, %j', async (body) => {
    await using fixture = await startStore();
    const { s3, store } = fixture;
    await store.leases.writeLease('shop', recordOf('one'), undefined, calm());
    s3.fail({ operation: 'GetObject', fault: half(body) });
    expect((await store.leases.readLease('shop', calm()))?.record?.holder).toBe('one');
  });

  it.each(['', '{"version":1,"database":"sh'])('is asked for again: the last policy, %j', async (body) => {
    await using fixture = await startStore();
    const { s3, store } = fixture;
    const carriedOutAt = '2026-01-01T00:00:00.000Z';
    const record = {
      version: 1,
      database: 'shop',
      addonId: 'ad-1',
      policy: 'keepLast=1',
      carriedOutAt,
    } as const;
    await store.writePolicyRecord(record, calm());
    s3.fail({ operation: 'GetObject', fault: half(body) });
    expect(await store.readPolicyRecord('shop', calm())).toEqual(record);
  });
});

describe('the lease', () => {
  it.each(['', XHTML])('is removed, although %j came once', async (body) => {
    await using fixture = await startStore();
    const { s3, store } = fixture;
    await store.leases.writeLease('shop', recordOf('one'), undefined, calm());
    s3.fail({ operation: 'DeleteObject', fault: { kind: 'foreign', body } });
    await store.leases.removeLease('shop', calm());
    expect(s3.keys()).toEqual([]);
  });
});

describe('a deletion whose response was lost', () => {
  it.each<[string, Fault]>([
    ['its code', { kind: 'error', code: 'NoSuchKey', status: 404 }],
    ['nothing', { kind: 'foreign', status: 404, body: '' }],
    ['a page', { kind: 'foreign', status: 404, body: XHTML }],
  ])('is done where the second one is answered 404 with %s', async (_, fault) => {
    await using fixture = await startStore();
    const { s3, store } = fixture;
    await store.leases.writeLease('shop', recordOf('one'), undefined, calm());
    s3.fail({ operation: 'DeleteObject', fault: { kind: 'lose-answer' } });
    s3.fail({ operation: 'DeleteObject', fault });
    await store.leases.removeLease('shop', calm());
    expect(s3.requested({ operation: 'DeleteObject' })).toHaveLength(2);
  });
});
