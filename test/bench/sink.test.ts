import { Readable } from 'node:stream';
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DiscardingStore } from '../../bench/servers/discarding-store.ts';

/** The sink must let every client succeed that does its work, and tell when one did not. */
let store: DiscardingStore;
let client: S3Client;

beforeAll(async () => {
  store = await DiscardingStore.start(undefined);
  const { endpoint, region, accessKeyId, secretAccessKey } = store;
  client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
});

afterAll(async () => {
  client.destroy();
  await store[Symbol.asyncDispose]();
});

const Bucket = 'archives';

it('takes a multipart upload of the SDK, and has its whole size', async () => {
  await store.takeReport();
  const size = 12 * 2 ** 20 + 1;
  const Body = Readable.from(Array.from({ length: 13 }, (_, i) => Buffer.alloc(i < 12 ? 2 ** 20 : 1)));
  await new Upload({ client, params: { Bucket, Key: 'a/b.tar.gz', Body } }).done();
  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'a/b.tar.gz' }));
  expect(head.ContentLength).toBe(size);
  expect(head.ETag).not.toMatch(/^"[0-9a-f]{32}"$/);
  const { objects, unfinished, received } = await store.takeReport();
  expect(objects).toEqual([{ key: 'a/b.tar.gz', size, parts: 3 }]);
  expect(unfinished).toBe(0);
  expect(received).toBe(size);
});

it('takes a part in aws-chunked: the framing is no part of its size, the trailing checksum is answered', async () => {
  await store.takeReport();
  const begun = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'c' }));
  const url = `${store.endpoint}/${Bucket}/c?uploadId=${begun.UploadId}`;
  const size = 700_000;
  const framed = Buffer.concat([
    Buffer.from(`${size.toString(16)}\r\n`),
    Buffer.alloc(size),
    Buffer.from('\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'),
  ]);
  const headers = { 'x-amz-decoded-content-length': String(size), 'content-encoding': 'aws-chunked' };
  const part = await fetch(`${url}&partNumber=1`, { method: 'PUT', headers, body: framed });
  expect(part.headers.get('x-amz-checksum-crc32')).toBe('AAAAAA==');
  await (await fetch(url, { method: 'POST', body: '<CompleteMultipartUpload/>' })).text();
  const { objects, received } = await store.takeReport();
  expect(objects).toEqual([{ key: 'c', size, parts: 1 }]);
  expect(received).toBe(framed.length);
});

it('keeps what is small, its metadata and claimed checksum, and honours conditions', async () => {
  await store.takeReport();
  const put = { Bucket, Key: 'm.json', Body: '{"a":1}', Metadata: { who: 'me' }, IfNoneMatch: '*' };
  const { ChecksumCRC32 } = await client.send(new PutObjectCommand(put));
  expect(ChecksumCRC32).toMatch(/^.{8}$/);
  await expect(client.send(new PutObjectCommand(put))).rejects.toMatchObject({ name: 'PreconditionFailed' });
  const { Body, Metadata } = await client.send(new GetObjectCommand({ Bucket, Key: 'm.json' }));
  expect(await Body?.transformToString()).toBe('{"a":1}');
  expect(Metadata).toEqual({ who: 'me' });
  await expect(client.send(new GetObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  });
});

it('lists objects and unfinished uploads below a prefix, and has forgotten both after a report', async () => {
  await store.takeReport();
  await client.send(new PutObjectCommand({ Bucket, Key: 'x/1', Body: '1' }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'y/1', Body: '1' }));
  await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x/2' }));
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'x/' }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(['x/1']);
  const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'x/' }));
  expect(Uploads?.map(({ Key }) => Key)).toEqual(['x/2']);
  expect((await store.takeReport()).unfinished).toBe(1);
  expect(await store.takeReport()).toEqual({ objects: [], unfinished: 0, received: 0 });
});
