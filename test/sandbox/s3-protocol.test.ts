import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketLocationCommand,
  GetObjectTaggingCommand,
  ListBucketsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { outcome } from './s3-client.ts';
import { Multipart } from './s3-multipart.ts';
import { BUCKET, startSandboxStore } from './s3-sandbox.ts';

interface SentRequest {
  readonly headers: Record<string, string>;
  body: unknown;
}

/** Changes the SDK's requests after they were built and before they are signed. */
function beforeSigning(client: S3Client, change: (sent: SentRequest) => void): void {
  client.middlewareStack.add(
    (next) => (args) => {
      change(args.request as SentRequest);
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'beforeSigning' },
  );
}

/** Changes the SDK's requests after they were signed. */
function afterSigning(client: S3Client, change: (sent: SentRequest) => void): void {
  client.middlewareStack.add(
    (next) => (args) => {
      change(args.request as SentRequest);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'afterSigning' },
  );
}

describe('the protocol', () => {
  test('a response without a signature is a document with a request id', async () => {
    await using store = await startSandboxStore();
    const answer = await fetch(`${store.s3.endpoint}/${BUCKET}/key?list-type=2`);
    const body = await answer.text();
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toBe('application/xml');
    expect(body).toContain('<Code>AccessDenied</Code>');
    expect(body).toContain(`<RequestId>${answer.headers.get('x-amz-request-id')}</RequestId>`);
    expect(body).toContain(`<Resource>/${BUCKET}/key</Resource>`);
  });

  test('a body that is not the one that was signed', async () => {
    await using store = await startSandboxStore();
    afterSigning(store.client, (sent) => {
      sent.body = Buffer.from('other');
    });
    const put = new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: 'hello' });
    expect(await outcome(store.client.send(put))).toBe('XAmzContentSHA256Mismatch');
    expect(store.s3.keys()).toEqual([]);
  });

  test('an unsigned payload is streamed and still checked by its CRC32', async () => {
    await using store = await startSandboxStore();
    beforeSigning(store.client, (sent) => {
      sent.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
    });
    const body = Buffer.from('hello');
    const put = (ChecksumCRC32: string) =>
      store.client.send(
        new PutObjectCommand({
          Bucket: BUCKET,
          Key: 'key',
          Body: Readable.from([body]),
          ContentLength: body.length,
          ChecksumCRC32,
        }),
      );
    expect(await outcome(put('AAAAAA=='))).toBe('BadDigest');
    expect(await outcome(put('NhCmhg=='))).toBe('done');
    expect(store.s3.requests.at(-1)?.headers['x-amz-content-sha256']).toBe('UNSIGNED-PAYLOAD');
  });

  test('who asks leave to send a body is refused without sending it', async () => {
    await using store = await startSandboxStore();
    const sent = request(`${store.s3.endpoint}/${BUCKET}/key`, {
      method: 'PUT',
      headers: { expect: '100-continue', 'content-length': 1_000_000 },
    });
    let asked = false;
    sent.on('continue', () => {
      asked = true;
    });
    const status = await new Promise<number | undefined>((resolve, reject) => {
      sent.on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.flushHeaders();
    });
    sent.destroy();
    expect(status).toBe(403);
    expect(asked).toBe(false);
  });

  test('documents are read strictly', async () => {
    await using store = await startSandboxStore();
    const { s3, client } = store;
    const upload = await Multipart.begin(client, BUCKET, 'key');
    const part = await upload.part(1, Buffer.from('x'));
    const bodies = [
      '<CompleteMultipartUpload><Part>',
      '<Other/>',
      'not xml',
      '<CompleteMultipartUpload><Part><PartNumber>one</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>',
      '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>',
    ];
    let body = '';
    beforeSigning(client, (sent) => {
      if (body === '') return;
      sent.body = body;
      sent.headers['content-length'] = String(Buffer.byteLength(body));
    });
    for (body of bodies) expect(await outcome(upload.complete([part]))).toBe('MalformedXML');
    body = '';
    expect(await outcome(upload.complete([part]))).toBe('done');
    expect(s3.keys()).toEqual(['key']);
  });

  test('what this server does not do is NotImplemented, and on the record as unknown', async () => {
    await using store = await startSandboxStore();
    const command = new PutBucketVersioningCommand({
      Bucket: BUCKET,
      VersioningConfiguration: { Status: 'Enabled' },
    });
    expect(await outcome(store.client.send(command))).toBe('NotImplemented');
    expect(store.s3.requested({ operation: 'Unknown' })).toHaveLength(1);
  });

  test('buckets come and go', async () => {
    await using store = await startSandboxStore({ region: 'eu-west-3' });
    const { s3, client } = store;
    await client.send(new CreateBucketCommand({ Bucket: 'second' }));
    expect(await outcome(client.send(new CreateBucketCommand({ Bucket: 'second' })))).toBe(
      'BucketAlreadyOwnedByYou',
    );
    expect(await outcome(client.send(new CreateBucketCommand({ Bucket: 'NoGood' })))).toBe(
      'InvalidBucketName',
    );
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map((bucket) => bucket.Name)).toEqual([BUCKET, 'second']);
    const place = await client.send(new GetBucketLocationCommand({ Bucket: 'second' }));
    expect(place.LocationConstraint).toBe('eu-west-3');
    s3.put('key', 'x', { bucket: 'second' });
    expect(await outcome(client.send(new DeleteBucketCommand({ Bucket: 'second' })))).toBe('BucketNotEmpty');
    await s3.lose('key', 'second');
    expect(await outcome(client.send(new DeleteBucketCommand({ Bucket: 'second' })))).toBe('done');
  });

  test('tags can be read back, and are refused when they are none', async () => {
    await using store = await startSandboxStore();
    const put = (Tagging: string) =>
      store.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: 'x', Tagging }));
    expect(await outcome(put('team=data+team&kind=b%26w'))).toBe('done');
    const { TagSet } = await store.client.send(new GetObjectTaggingCommand({ Bucket: BUCKET, Key: 'key' }));
    expect(TagSet).toEqual([
      { Key: 'team', Value: 'data team' },
      { Key: 'kind', Value: 'b&w' },
    ]);
    expect(await outcome(put('=x'))).toBe('InvalidArgument');
    expect(await outcome(put(Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&')))).toBe(
      'InvalidTag',
    );
  });

  test('metadata, storage class and encryption are held to what S3 allows', async () => {
    await using store = await startSandboxStore();
    const put = (extra: object) =>
      outcome(store.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'key', Body: 'x', ...extra })));
    expect(await put({ Metadata: { large: 'x'.repeat(2048) } })).toBe('MetadataTooLarge');
    expect(await put({ StorageClass: 'CHEAP' })).toBe('InvalidStorageClass');
    expect(await put({ ServerSideEncryption: 'rot13' })).toBe('InvalidArgument');
    expect(await put({ ContentMD5: 'short' })).toBe('InvalidDigest');
    expect(await put({ ContentMD5: createHash('md5').update('x').digest('base64') })).toBe('done');
  });

  test('HTTPS with a certificate of its own', async () => {
    const folder = await mkdtemp(join(tmpdir(), 's3-certificate-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    try {
      const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
      await promisify(execFile)('openssl', [
        'req',
        '-x509',
        ...kind,
        ...subject,
        '-keyout',
        key,
        '-out',
        cert,
      ]);
      const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
      await using store = await startSandboxStore(
        { tls },
        { requestHandler: { httpsAgent: new Agent({ ca: tls.cert }) } },
      );
      expect(store.s3.endpoint).toMatch(/^https:/);
      const put = new PutObjectCommand({
        Bucket: BUCKET,
        Key: 'key',
        Body: Readable.from([Buffer.alloc(10_000, 'x')]),
        ContentLength: 10_000,
        ChecksumAlgorithm: 'CRC32',
      });
      await store.client.send(put);
      expect(store.s3.requests[0]?.headers['x-amz-content-sha256']).toBe(
        'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      );
      expect((await store.s3.read('key')).length).toBe(10_000);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
