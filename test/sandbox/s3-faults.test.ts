import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { errorStatus, outcome } from './s3-client.ts';
import { Multipart, readObject } from './s3-multipart.ts';
import { BUCKET, startSandboxStore } from './s3-sandbox.ts';

const put = (key: string, body: string | Buffer = 'body') =>
  new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body });
const get = (key: string) => new GetObjectCommand({ Bucket: BUCKET, Key: key });
/** The SDK's names for a connection that ended without a response. */
const CONNECTION_LOST = /^(TimeoutError|Error)$/;

describe('scripted failures', () => {
  test('the next requests of an operation fail as told, the others pass', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    const failure = s3.fail({
      operation: 'PutObject',
      times: 2,
      fault: { kind: 'error', code: 'SlowDown', headers: { 'retry-after': '7' } },
    });
    const error = await client.send(put('a')).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ name: 'SlowDown', $response: { headers: { 'retry-after': '7' } } });
    expect(errorStatus(error)).toBe(503);
    expect(await outcome(client.send(get('a')))).toBe('NoSuchKey');
    expect(await outcome(client.send(put('a')))).toBe('SlowDown');
    expect(await outcome(client.send(put('a')))).toBe('done');
    expect(failure.hits).toBe(2);
    expect(s3.requested({ operation: 'PutObject' }).map((request) => request.errorCode)).toEqual([
      'SlowDown',
      'SlowDown',
      undefined,
    ]);
  });

  test('a failure may wait for its turn, be for one key or part only, and be called off', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    s3.fail({ operation: 'PutObject', key: /^b/, skip: 1, fault: { kind: 'error', code: 'AccessDenied' } });
    expect(await outcome(client.send(put('b1')))).toBe('done');
    expect(await outcome(client.send(put('a')))).toBe('done');
    expect(await outcome(client.send(put('b2')))).toBe('AccessDenied');
    expect(await outcome(client.send(put('b3')))).toBe('done');
    s3.fail({ operation: 'UploadPart', partNumber: 2, fault: { kind: 'error', code: 'InternalError' } });
    const upload = await Multipart.begin(client, BUCKET, 'parts');
    expect(await outcome(upload.part(1, Buffer.from('1')))).toBe('done');
    expect(await outcome(upload.part(2, Buffer.from('2')))).toBe('InternalError');
    s3.fail({ fault: { kind: 'error', code: 'InternalError' }, times: Number.POSITIVE_INFINITY }).cancel();
    expect(await outcome(client.send(put('c')))).toBe('done');
  });

  test('Complete may answer 200 with an error, or an error after it was done', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    const upload = await Multipart.begin(client, BUCKET, 'complete');
    const parts = [await upload.part(1, Buffer.from('x'))];
    s3.fail({
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'error-in-200', code: 'InternalError', message: 'We are sorry' },
    });
    expect(await outcome(upload.complete(parts))).toBe('InternalError');
    expect(s3.requested({ operation: 'CompleteMultipartUpload' })[0]?.status).toBe(200);
    expect(s3.keys()).toEqual([]);
    s3.fail({ operation: 'CompleteMultipartUpload', fault: { kind: 'error-after', code: 'InternalError' } });
    expect(await outcome(upload.complete(parts))).toBe('InternalError');
    expect(s3.keys()).toEqual(['complete']);
  });

  test('a lost response: the work is done, the client does not know', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    const upload = await Multipart.begin(client, BUCKET, 'lost');
    const parts = [await upload.part(1, Buffer.from('x'))];
    s3.fail({ operation: 'CompleteMultipartUpload', fault: { kind: 'lose-answer' } });
    expect(await outcome(upload.complete(parts))).toMatch(CONNECTION_LOST);
    expect(s3.keys()).toEqual(['lost']);
    expect(s3.requested({ operation: 'CompleteMultipartUpload' })[0]?.status).toBeUndefined();
    expect(await outcome(upload.complete(parts))).toBe('NoSuchUpload');
  });

  test.each([
    ['headers', []],
    ['body', []],
    ['done', ['held']],
  ] as const)('a hang after %s answers nothing', async (after, keys) => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    s3.fail({ operation: 'PutObject', fault: { kind: 'hang', after } });
    const abort = new AbortController();
    const sent = outcome(client.send(put('held'), { abortSignal: abort.signal }));
    const request = await s3.seen({ operation: 'PutObject' });
    await expect.poll(() => s3.keys()).toEqual(keys);
    abort.abort();
    expect(await sent).toBe('AbortError');
    expect(request.status).toBeUndefined();
  });

  test('a held request goes on when its promise settles', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    const gate = Promise.withResolvers<void>();
    s3.fail({ operation: 'PutObject', fault: { kind: 'hold', until: gate.promise } });
    const sent = outcome(client.send(put('later')));
    await s3.seen({ operation: 'PutObject', key: 'later' });
    expect(s3.keys()).toEqual([]);
    gate.resolve();
    expect(await sent).toBe('done');
    expect(s3.keys()).toEqual(['later']);
  });

  test('a connection reset within a part leaves no part; within a response, the bytes before it', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    const body = Buffer.alloc(1_000_000, 'x');
    const upload = await Multipart.begin(client, BUCKET, 'reset');
    s3.fail({ operation: 'UploadPart', fault: { kind: 'reset', afterBytes: 300_000 } });
    expect(await outcome(upload.part(1, body))).toMatch(CONNECTION_LOST);
    expect(s3.requested({ operation: 'UploadPart' })[0]?.bytesReceived).toBeGreaterThanOrEqual(300_000);
    expect(s3.uploads()[0]?.parts).toEqual([]);
    await upload.complete([await upload.part(1, body)]);
    expect((await readObject(client, BUCKET, 'reset')).equals(body)).toBe(true);

    s3.fail({ operation: 'GetObject', fault: { kind: 'reset', afterBytes: 300_000 } });
    const answer = await client.send(get('reset'));
    expect(answer.ContentLength).toBe(body.length);
    let received = 0;
    const reading = (async () => {
      for await (const chunk of answer.Body as AsyncIterable<Buffer>) received += chunk.length;
    })();
    await expect(reading).rejects.toThrow('aborted');
    expect(received).toBe(300_000);
  });

  test('a listing may fail on a page, or come back short', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    for (const key of ['a', 'b', 'c', 'd']) s3.put(key, key);
    const page = (token?: string) =>
      client.send(new ListObjectsV2Command({ Bucket: BUCKET, MaxKeys: 2, ContinuationToken: token }));
    s3.fail({ operation: 'ListObjectsV2', skip: 1, fault: { kind: 'error', code: 'InternalError' } });
    const first = await page();
    expect(await outcome(page(first.NextContinuationToken))).toBe('InternalError');
    s3.fail({ operation: 'ListObjectsV2', fault: { kind: 'short-listing', entries: 1 } });
    const short = await page();
    expect(short.Contents?.map((entry) => entry.Key)).toEqual(['a']);
    expect(short.IsTruncated).toBe(false);
  });

  test('a bit flips in what is stored, or in what is sent', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    s3.fail({ operation: 'PutObject', fault: { kind: 'corrupt', atByte: 1 } });
    await client.send(put('flipped', 'abc'));
    expect((await s3.read('flipped')).toString()).toBe('acc');
    s3.fail({ operation: 'GetObject', fault: { kind: 'corrupt', atByte: 1 } });
    expect((await readObject(client, BUCKET, 'flipped')).toString()).toBe('abc');
    expect((await readObject(client, BUCKET, 'flipped')).toString()).toBe('acc');
    const upload = await Multipart.begin(client, BUCKET, 'flipped-whole');
    s3.fail({ operation: 'CompleteMultipartUpload', fault: { kind: 'corrupt', atByte: 2 } });
    await upload.complete([await upload.part(1, Buffer.from('abc'))]);
    expect((await s3.read('flipped-whole')).toString()).toBe('abb');
  });

  test('a key may fail alone within DeleteObjects', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    for (const key of ['a', 'b', 'c']) s3.put(key, key);
    s3.fail({ operation: 'DeleteObject', key: 'b', fault: { kind: 'error', code: 'AccessDenied' } });
    const answer = await client.send(
      new DeleteObjectsCommand({
        Bucket: BUCKET,
        Delete: { Objects: ['a', 'b', 'c'].map((Key) => ({ Key })) },
      }),
    );
    expect(answer.Deleted?.map((one) => one.Key)).toEqual(['a', 'c']);
    expect(answer.Errors).toMatchObject([{ Key: 'b', Code: 'AccessDenied' }]);
    expect(s3.keys()).toEqual(['b']);
  });

  test('a server that is down, and back on the same port with all it had', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    await client.send(put('kept'));
    const { endpoint } = s3;
    await s3.stopListening();
    expect(await outcome(client.send(put('lost')))).toMatch(CONNECTION_LOST);
    await s3.listen();
    expect(s3.endpoint).toBe(endpoint);
    expect(await outcome(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'kept' })))).toBe('done');
    expect(s3.keys()).toEqual(['kept']);
  });
});
