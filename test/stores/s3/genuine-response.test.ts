import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/process/system-clock.ts';
import { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import { calm, failureOf } from './store-fixture.ts';

const EMPTY = '<Name>b</Name><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>';
let body = '';
const server = createServer((_, response) => response.end(body));
let store: S3ArchiveStore;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  store = new S3ArchiveStore(
    {
      ...{ bucket: 'b', prefix: '', region: 'r', endpoint: `http://127.0.0.1:${port}`, forcePathStyle: true },
      ...{ accessKeyId: 'k', secretAccessKey: 's', sessionToken: undefined, storageClass: undefined },
      ...{ sse: undefined, kmsKeyId: undefined, objectLock: undefined, tags: {}, ca: undefined },
      ...{ partSize: undefined, concurrency: undefined, maxParts: undefined, checksum: 'auto' },
    },
    systemClock,
  );
});
afterAll(async () => {
  store.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('an upload that is begun', () => {
  it.each(['InitiateMultipartUploadResult', 'InitiateMultipartUpload'])(
    'is named by a whole %s',
    async (root) => {
      const archive = { database: 'shop', createdAt: new Date(0), backupId: 'b' };
      const begin = () => store.beginUpload({ archive, mustBeNew: true, metadata: {} }, calm());
      body = `<${root}><Bucket>b</Bucket><Key>k</Key><UploadId>u1</UploadId></${root}>`;
      expect(await begin()).toMatchObject({ uploadId: 'u1' });
      body = `<${root}><Bucket>b</Bucket><Key>k</Key><UploadId>u1</UploadId>`;
      expect(await failureOf(begin())).toMatchObject({ code: 's3.foreign_response' });
    },
  );
});

describe('the parts of an upload', () => {
  it.each(['ListPartsResult', 'ListPartsResponse'])('are listed by a whole %s', async (root) => {
    const archive = { database: 'shop', createdAt: new Date(0), backupId: 'b' };
    const upload = { ...archive, key: 'k', uploadId: 'u1', initiatedAt: new Date(0) };
    const list = () => store.resumeUpload(upload, { mustBeNew: true }).listParts(calm());
    body = `<${root}><Part><PartNumber>7</PartNumber><ETag>"e"</ETag><Size>5</Size></Part></${root}>`;
    expect(await list()).toMatchObject([{ number: 7, size: 5 }]);
    body = `<${root}><Part><PartNumber>7</PartNumber><ETag>"e"</ETag><Size>5</Size></Part>`;
    expect(await failureOf(list())).toMatchObject({ code: 's3.foreign_response' });
  });
});

describe('a listing', () => {
  it.each([
    [
      'as S3 writes it',
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${EMPTY}</ListBucketResult>`,
    ],
    ['without a declaration', `<ListBucketResult>${EMPTY}</ListBucketResult>`],
    [
      'with a BOM and white space',
      `\ufeff<?xml version="1.0"?>\r\n\r\n<ListBucketResult>${EMPTY}</ListBucketResult>\n\n`,
    ],
    [
      'with comments around it',
      `<!-- a --><ListBucketResult>${EMPTY}</ListBucketResult ><!-- b --> <!-- c -->`,
    ],
    [
      'indented by many spaces',
      `<ListBucketResult>${' '.repeat(100_000)}${EMPTY}${' '.repeat(100_000)}</ListBucketResult>`,
    ],
  ])('%s is one', async (_, text) => {
    body = text;
    expect(await store.list('shop', calm())).toMatchObject({ archives: [], unproven: [] });
  });

  it.each([
    ['nothing', '', 'an empty body'],
    ['white space', ' \n'.repeat(50_000), 'an empty body'],
    ['half of it', `<ListBucketResult>${EMPTY}`, 'half a ListBucketResult'],
    ['another root', `<ListPartsResult>${EMPTY}</ListPartsResult>`, 'a document ListPartsResult'],
    ['an Error in a 200', '<Error><Code>SlowDown</Code></Error>', 'a document Error'],
    ['a page in capitals', '<!DOCTYPE html><HTML><BODY></BODY></HTML>', 'an HTML page'],
    ['text', 'upstream connect error', 'a body that is no XML'],
    ['JSON', '{"error":"no"}', 'a body that is no XML'],
  ])('of %s is none', async (_, text, what) => {
    body = text;
    await expect(store.list('shop', calm())).rejects.toMatchObject({
      code: 's3.foreign_response',
      message: expect.stringContaining(`${what} came instead of ListBucketResult`),
    });
  });
});
