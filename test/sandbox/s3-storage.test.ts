import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { outcome } from './s3-client.ts';
import { Multipart, readObject } from './s3-multipart.ts';
import { BUCKET, startSandboxStore } from './s3-sandbox.ts';

/** Every file below a folder, without directories. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    )
    .sort();
}

describe('the folder', () => {
  test('objects lie under their keys; a multipart object is one file; nothing else is left', async () => {
    await using store = await startSandboxStore({ quirks: { minPartSize: 1 } });
    const { s3, client, folder } = store;
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'db/one.json', Body: '{}' }));
    const upload = await Multipart.begin(client, BUCKET, 'db/archive.tar.gz');
    const parts = [
      await upload.part(2, Buffer.from('def')),
      await upload.part(1, Buffer.from('abc')),
    ].reverse();
    await upload.complete(parts);
    expect(await filesBelow(folder)).toEqual(['archives/db/archive.tar.gz', 'archives/db/one.json']);
    expect(await readFile(s3.object('db/archive.tar.gz')?.path ?? '', 'utf8')).toBe('abcdef');
  });

  test('an aborted upload and a refused body leave nothing', async () => {
    await using store = await startSandboxStore();
    const { s3, client, folder } = store;
    const upload = await Multipart.begin(client, BUCKET, 'gone');
    await upload.part(1, Buffer.from('abc'));
    await upload.part(1, Buffer.from('a longer one, which lies aside'));
    expect((await filesBelow(folder)).length).toBeGreaterThan(0);
    s3.fail({ operation: 'AbortMultipartUpload', fault: { kind: 'error', code: 'SlowDown' } });
    expect(await outcome(upload.abort())).toBe('SlowDown');
    await upload.abort();
    const bad = new PutObjectCommand({ Bucket: BUCKET, Key: 'bad', Body: 'x', ChecksumCRC32: 'AAAAAA==' });
    expect(await outcome(client.send(bad))).toBe('BadDigest');
    expect(await filesBelow(folder)).toEqual([]);
    expect(s3.uploads()).toEqual([]);
  });

  test('keys that cannot be paths are stored all the same, and never outside', async () => {
    await using store = await startSandboxStore();
    const { client, folder } = store;
    const keys = [
      'a',
      'a/b',
      'a/b/c',
      'x/../../escape',
      './dot',
      'double//slash',
      'trailing/',
      'ü/é\u0001',
      'z'.repeat(1000),
    ];
    for (const key of keys) await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: key }));
    for (const key of keys) expect((await readObject(client, BUCKET, key)).toString()).toBe(key);
    const listed = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, EncodingType: 'url' }));
    expect(listed.Contents?.map((entry) => decodeURIComponent(entry.Key ?? '')).sort()).toEqual(
      [...keys].sort(),
    );
    await expect(stat(join(folder, '..', 'escape'))).rejects.toThrow('ENOENT');
    const tooLong = new PutObjectCommand({ Bucket: BUCKET, Key: 'z'.repeat(1025), Body: 'x' });
    expect(await outcome(client.send(tooLong))).toBe('KeyTooLongError');
  });

  test('an object that is overwritten while it is read is read as it was', async () => {
    await using store = await startSandboxStore();
    const { client } = store;
    const before = Buffer.alloc(8_000_000, 'before');
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: before }));
    const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'key' }));
    await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: 'after' }));
    const read = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    expect(read.equals(before)).toBe(true);
    expect((await readObject(client, BUCKET, 'key')).toString()).toBe('after');
  });
});

describe('parts', () => {
  // Sizes that fit the first part's slots, and some that do not; some are sent twice.
  test.each([
    ['in order', [1, 2, 3, 4], [700, 700, 700, 20]],
    ['backwards, so that the short one sets the slots', [4, 3, 2, 1], [700, 700, 700, 20]],
    ['of differing sizes', [1, 2, 3, 4], [700, 900, 300, 1000]],
    ['sent twice', [1, 1, 2, 3, 2, 4, 4], [700, 700, 700, 20]],
  ])('%s make the same object', async (_what, order, sizes) => {
    await using store = await startSandboxStore({ quirks: { minPartSize: 1 } });
    const bodies = sizes.map((size) => randomBytes(size));
    const upload = await Multipart.begin(store.client, BUCKET, 'key');
    const parts = new Map<number, Awaited<ReturnType<Multipart['part']>>>();
    for (const [index, partNumber] of order.entries()) {
      const last = order.lastIndexOf(partNumber) === index;
      const body = last ? bodies[partNumber - 1] : randomBytes(500);
      parts.set(partNumber, await upload.part(partNumber, body ?? Buffer.alloc(0)));
    }
    await upload.complete([1, 2, 3, 4].flatMap((partNumber) => parts.get(partNumber) ?? []));
    const stored = await store.s3.read('key');
    expect(createHash('md5').update(stored).digest('hex')).toBe(
      createHash('md5').update(Buffer.concat(bodies)).digest('hex'),
    );
  });

  test('a part that is still coming in when the upload is completed does not reach the object', async () => {
    await using store = await startSandboxStore({ quirks: { minPartSize: 1 } });
    const { s3, client } = store;
    const upload = await Multipart.begin(client, BUCKET, 'key');
    const first = await upload.part(1, Buffer.alloc(1000, '1'));
    const gate = Promise.withResolvers<void>();
    s3.fail({ operation: 'UploadPart', partNumber: 2, fault: { kind: 'hold', until: gate.promise } });
    const late = outcome(upload.part(2, Buffer.alloc(1000, '2')));
    await s3.seen({ operation: 'UploadPart', partNumber: 2 });
    await upload.complete([first]);
    gate.resolve();
    expect(await late).toBe('NoSuchUpload');
    expect((await s3.read('key')).equals(Buffer.alloc(1000, '1'))).toBe(true);
  });
});

describe('what a test may look at and do', () => {
  test('seeds, losses, flipped bits, and the record of requests', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    const lastModified = new Date('2020-02-29T12:00:00Z');
    s3.put('seed', 'hello', { lastModified, metadata: { origin: 'seed' } });
    s3.put('huge', 5 * 1024 ** 3);
    const answer = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'seed' }));
    expect(answer).toMatchObject({ LastModified: lastModified, Metadata: { origin: 'seed' } });
    expect(await answer.Body?.transformToString()).toBe('hello');
    const end = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'huge', Range: 'bytes=-3' }));
    expect(end.ContentRange).toBe(`bytes ${5 * 1024 ** 3 - 3}-${5 * 1024 ** 3 - 1}/${5 * 1024 ** 3}`);
    expect(await end.Body?.transformToByteArray()).toEqual(new Uint8Array(3));
    await s3.corrupt('seed', 4);
    expect((await s3.read('seed')).toString()).toBe('helln');
    await s3.lose('seed');
    expect(s3.keys()).toEqual(['huge']);
    expect(s3.requested({ operation: 'GetObject', key: 'seed' })).toMatchObject([
      { status: 200, bucket: BUCKET },
    ]);
    const headers = JSON.stringify(s3.requests);
    expect(headers).not.toContain('Signature=');
  });

  test('a store that keeps nothing still counts and checks', async () => {
    await using store = await startSandboxStore({ discard: true });
    const { s3, client, folder } = store;
    const body = Buffer.alloc(6 * 1024 ** 2, 'x');
    const upload = await Multipart.begin(client, BUCKET, 'big');
    await upload.complete([await upload.part(1, body), await upload.part(2, Buffer.from('end'))]);
    expect(s3.object('big')?.size).toBe(body.length + 3);
    expect(await filesBelow(folder)).toEqual([]);
    const bad = new PutObjectCommand({ Bucket: BUCKET, Key: 'bad', Body: 'x', ChecksumCRC32: 'AAAAAA==' });
    expect(await outcome(client.send(bad))).toBe('BadDigest');
  });

  test('100,000 keys are listed in pages within seconds', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    for (let index = 0; index < 100_000; index += 1) s3.put(`db/${String(index).padStart(6, '0')}`, 1);
    let count = 0;
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: BUCKET, Prefix: 'db/', ContinuationToken: token }),
      );
      count += page.KeyCount ?? 0;
      token = page.NextContinuationToken;
    } while (token !== undefined);
    expect(count).toBe(100_000);
  });
});
