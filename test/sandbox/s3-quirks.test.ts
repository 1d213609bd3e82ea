import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { base64Crc32, outcome } from './s3-client.ts';
import { Multipart } from './s3-multipart.ts';
import { BUCKET, startSandboxStore } from './s3-sandbox.ts';

const CRC = base64Crc32(Buffer.from('hello'));
const put = (extra: Partial<PutObjectCommandInput> = {}) =>
  new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: 'hello', ...extra });
const head = new HeadObjectCommand({ Bucket: BUCKET, Key: 'key', ChecksumMode: 'ENABLED' });

describe('stores of other makes', () => {
  test('one that ignores conditions overwrites and deletes', async () => {
    await using store = await startSandboxStore({ quirks: { conditionalWrites: 'ignored' } });
    const { s3, client } = store;
    s3.put('key', 'before');
    expect(await outcome(client.send(put({ IfNoneMatch: '*' })))).toBe('done');
    expect((await s3.read('key')).toString()).toBe('hello');
    const upload = await Multipart.begin(client, BUCKET, 'key');
    const part = await upload.part(1, Buffer.from('again'));
    expect(await outcome(upload.complete([part], { IfNoneMatch: '*' }))).toBe('done');
    const remove = new DeleteObjectCommand({ Bucket: BUCKET, Key: 'key', IfMatch: '"other"' });
    expect(await outcome(client.send(remove))).toBe('done');
    expect(s3.keys()).toEqual([]);
  });

  test('one that knows no conditions says so', async () => {
    await using store = await startSandboxStore({ quirks: { conditionalWrites: 'refused' } });
    expect(await outcome(store.client.send(put({ IfNoneMatch: '*' })))).toBe('NotImplemented');
    expect(await outcome(store.client.send(put()))).toBe('done');
  });

  test('one that ignores checksums takes a wrong one, echoes none, and its ETag is the MD5', async () => {
    await using store = await startSandboxStore({ quirks: { checksums: 'ignored' } });
    const { s3, client } = store;
    const answer = await client.send(put({ ChecksumCRC32: 'AAAAAA==' }));
    expect(answer.ChecksumCRC32).toBeUndefined();
    expect(answer.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect((await client.send(head)).ChecksumCRC32).toBeUndefined();
    expect(s3.object('key')?.checksums).toEqual({});
    expect(await outcome(client.send(put({ ContentMD5: 'XrY7u+Ae7tCTyyK7j1rNww==' })))).toBe('BadDigest');
    const upload = await Multipart.begin(client, BUCKET, 'multi', { ChecksumAlgorithm: 'CRC32' });
    const part = await upload.part(1, Buffer.from('hello'), { ChecksumCRC32: CRC });
    expect(part.ChecksumCRC32).toBeUndefined();
    expect(await outcome(upload.complete([{ ...part, ChecksumCRC32: CRC }]))).toBe('done');
  });

  test('one that refuses checksum headers', async () => {
    await using store = await startSandboxStore({ quirks: { checksums: 'refused' } });
    const { client } = store;
    expect(await outcome(client.send(put({ ChecksumCRC32: CRC })))).toBe('InvalidArgument');
    const create = new CreateMultipartUploadCommand({
      Bucket: BUCKET,
      Key: 'key',
      ChecksumAlgorithm: 'CRC32',
    });
    expect(await outcome(client.send(create))).toBe('InvalidArgument');
    expect(await outcome(client.send(put()))).toBe('done');
    expect(await outcome(client.send(head))).toBe('done');
  });

  test('one whose ETags say nothing of the bytes', async () => {
    await using store = await startSandboxStore({ quirks: { etags: 'opaque' } });
    const first = await store.client.send(put());
    const second = await store.client.send(put());
    expect(first.ETag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(first.ETag).not.toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(second.ETag).not.toBe(first.ETag);
  });

  test('one that takes 1,000 parts, of another least size', async () => {
    await using store = await startSandboxStore({ quirks: { maxParts: 1000, minPartSize: 4 } });
    const upload = await Multipart.begin(store.client, BUCKET, 'parts');
    expect(await outcome(upload.part(1001, Buffer.from('x')))).toBe('InvalidArgument');
    const parts = [await upload.part(1, Buffer.from('1234')), await upload.part(1000, Buffer.from('5'))];
    await upload.complete(parts);
    expect((await store.s3.read('parts')).toString()).toBe('12345');
  });

  test('one that is full', async () => {
    await using store = await startSandboxStore({ quirks: { quota: 8 } });
    const { s3, client } = store;
    expect(await outcome(client.send(put()))).toBe('done');
    expect(await outcome(client.send(put({ Key: 'more' })))).toBe('QuotaExceeded');
    const upload = await Multipart.begin(client, BUCKET, 'multi');
    expect(await outcome(upload.part(1, Buffer.from('1234')))).toBe('QuotaExceeded');
    s3.quirks.quota = 100;
    expect(await outcome(upload.part(1, Buffer.from('1234')))).toBe('done');
  });

  test('one that is full counts what is still on its way', async () => {
    await using store = await startSandboxStore({ quirks: { quota: 10 } });
    const upload = await Multipart.begin(store.client, BUCKET, 'multi');
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map((partNumber) => outcome(upload.part(partNumber, Buffer.from('1234')))),
    );
    expect(outcomes.sort()).toEqual(['QuotaExceeded', 'QuotaExceeded', 'done', 'done']);
  });

  test('one that adds no checksum of its own', async () => {
    await using store = await startSandboxStore({ quirks: { defaultChecksum: false } });
    await store.client.send(put());
    const upload = await Multipart.begin(store.client, BUCKET, 'multi');
    const answer = await upload.complete([await upload.part(1, Buffer.from('hello'))]);
    expect(answer.ChecksumCRC64NVME).toBeUndefined();
    expect((await store.client.send(head)).ChecksumCRC64NVME).toBeUndefined();
  });

  test('KMS encryption makes the ETag opaque, as on AWS', async () => {
    await using store = await startSandboxStore();
    const answer = await store.client.send(put({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:key' }));
    expect(answer).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:key' });
    expect(answer.ETag).not.toBe('"5d41402abc4b2a76b9719d911017c592"');
    expect(await store.client.send(head)).toMatchObject({ ServerSideEncryption: 'aws:kms' });
  });

  test('one that knows some checksums says which', async () => {
    await using store = await startSandboxStore({ quirks: { checksumAlgorithms: ['SHA256'] } });
    expect(await outcome(store.client.send(put({ ChecksumCRC32: CRC })))).toBe('InvalidRequest');
    const begin = Multipart.begin(store.client, BUCKET, 'multi', { ChecksumAlgorithm: 'CRC32' });
    expect(await outcome(begin)).toBe('InvalidRequest');
  });

  test('one that composes checksums of parts refuses full-object ones, but for CRC64NVME', async () => {
    await using store = await startSandboxStore({ quirks: { checksumTypes: 'composite' } });
    const { client } = store;
    const full = { ChecksumType: 'FULL_OBJECT' } as const;
    const crc32 = Multipart.begin(client, BUCKET, 'multi', { ChecksumAlgorithm: 'CRC32', ...full });
    expect(await outcome(crc32)).toBe('InvalidRequest');
    const crc64 = Multipart.begin(client, BUCKET, 'multi', { ChecksumAlgorithm: 'CRC64NVME', ...full });
    expect(await outcome(crc64)).toBe('done');
  });

  test('one that does not read the type composes, and shows neither type nor number of parts', async () => {
    await using store = await startSandboxStore({ quirks: { checksumTypes: 'unread' } });
    const { client } = store;
    const full = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const upload = await Multipart.begin(client, BUCKET, 'key', full);
    const part = await upload.part(1, Buffer.from('hello'), { ChecksumCRC32: CRC });
    expect(await outcome(upload.complete([part], { ChecksumCRC32: CRC }))).toBe('BadDigest');
    await upload.complete([part]);
    const shown = await client.send(head);
    expect(shown.ChecksumCRC32).toBe(base64Crc32(Buffer.from(CRC, 'base64')));
    expect(shown.ChecksumType).toBeUndefined();
  });
});
