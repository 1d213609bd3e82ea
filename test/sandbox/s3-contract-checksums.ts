import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { startDigest } from '../../sandbox/s3/checksum.ts';
import { base64Crc32, clientFor, outcome } from './s3-client.ts';
import type { Contract } from './s3-contract.ts';
import { Multipart, readObject } from './s3-multipart.ts';

const MIB = 1024 * 1024;
const FIRST = Buffer.alloc(5 * MIB, 'first');
const LAST = Buffer.from('the last part may be short');
const WHOLE = Buffer.concat([FIRST, LAST]);
const CRC_OF_HELLO = base64Crc32(Buffer.from('hello'));

function digestOf(algorithm: 'CRC64NVME' | 'SHA256', bytes: Buffer): string {
  const digest = startDigest(algorithm);
  digest.update(bytes);
  return digest.digest().toString('base64');
}

/** Checksums: of bodies, parts and whole objects, and what a wrong one brings. */
export function checksumContract({ client, connection }: Contract): void {
  const put = (key: string, extra: object) =>
    client().send(new PutObjectCommand({ Bucket: connection().bucket, Key: key, Body: 'hello', ...extra }));
  const head = (key: string) =>
    client().send(new HeadObjectCommand({ Bucket: connection().bucket, Key: key, ChecksumMode: 'ENABLED' }));
  const begin = (key: string, extra: object = {}) =>
    Multipart.begin(client(), connection().bucket, key, extra);

  describe('checksums', () => {
    test('a CRC32 is echoed, kept, and shown on HEAD', async () => {
      const answer = await put('checksums/put', { ChecksumCRC32: CRC_OF_HELLO });
      expect(answer.ChecksumCRC32).toBe(CRC_OF_HELLO);
      const shown = await head('checksums/put');
      expect(shown.ChecksumCRC32).toBe(CRC_OF_HELLO);
      expect(shown.ChecksumType).toBe(connection().capabilities.showsTypeOfPut ? 'FULL_OBJECT' : undefined);
    });

    test('where none is sent, the store may add its own', async () => {
      await put('checksums/none', {});
      const shown = await head('checksums/none');
      expect(shown.ChecksumCRC32).toBeUndefined();
      expect(shown.ChecksumCRC64NVME !== undefined).toBe(
        connection().capabilities.ownChecksum === 'CRC64NVME',
      );
    });

    test('a wrong CRC32 or Content-MD5 is BadDigest, and nothing is stored', async () => {
      const md5 = createHash('md5').update('hallo').digest('base64');
      expect(await outcome(put('checksums/bad', { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest');
      expect(await outcome(put('checksums/bad', { ContentMD5: md5 }))).toBe('BadDigest');
      expect(await outcome(head('checksums/bad'))).toBe('NotFound');
      const upload = await begin('checksums/bad', { ChecksumAlgorithm: 'CRC32' });
      expect(await outcome(upload.part(1, LAST, { ChecksumCRC32: 'AAAAAA==' }))).toBe('BadDigest');
    });

    test('a streamed body with the checksum in its trailer', async () => {
      const { address, bucket, capabilities } = connection();
      const streaming = clientFor(address, { requestStreamBufferSize: 64 * 1024 });
      const body = Buffer.alloc(200_000, 'streamed');
      const chunks = Array.from({ length: 200 }, (_, index) =>
        body.subarray(index * 1000, index * 1000 + 1000),
      );
      const answer = await streaming.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: 'checksums/stream',
          Body: Readable.from(chunks),
          ContentLength: body.length,
          ChecksumAlgorithm: 'CRC32',
        }),
      );
      streaming.destroy();
      expect(answer.ChecksumCRC32).toBe(base64Crc32(body));
      expect((await readObject(client(), bucket, 'checksums/stream')).equals(body)).toBe(true);
      const shown = await head('checksums/stream');
      expect(shown.ContentEncoding).toBe(capabilities.keepsChunkedEncoding ? 'aws-chunked' : undefined);
    });

    test('small chunks within a streamed body', async () => {
      const { address, bucket, capabilities } = connection();
      const streaming = clientFor(address);
      const sent = outcome(
        streaming.send(
          new PutObjectCommand({
            Bucket: bucket,
            Key: 'checksums/small-chunks',
            Body: Readable.from([Buffer.from('hel'), Buffer.from('lo')]),
            ContentLength: 5,
            ChecksumAlgorithm: 'CRC32',
          }),
        ),
      );
      // versitygw closes the connection while it is still being written to: the client sees that first.
      if (capabilities.smallChunks === 'done') expect(await sent).toBe('done');
      else expect(await sent).toMatch(/InvalidChunkSizeError|TimeoutError|EPIPE|ECONNRESET/);
      streaming.destroy();
      expect(await outcome(head('checksums/small-chunks'))).toBe(
        capabilities.smallChunks === 'done' ? 'done' : 'NotFound',
      );
    });

    test('full-object CRC32 of a multipart upload', async () => {
      const upload = await begin('checksums/full', {
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'FULL_OBJECT',
      });
      const parts = [
        await upload.part(1, FIRST, { ChecksumCRC32: base64Crc32(FIRST) }),
        await upload.part(2, LAST, { ChecksumCRC32: base64Crc32(LAST) }),
      ];
      expect(parts.map((part) => part.ChecksumCRC32)).toEqual([base64Crc32(FIRST), base64Crc32(LAST)]);
      expect(await outcome(upload.complete(parts, { ChecksumCRC32: base64Crc32(FIRST) }))).toBe('BadDigest');
      expect(await outcome(head('checksums/full'))).toBe('NotFound');
      const answer = await upload.complete(parts, {
        ChecksumCRC32: base64Crc32(WHOLE),
        ChecksumType: 'FULL_OBJECT',
      });
      expect(answer.ChecksumCRC32).toBe(base64Crc32(WHOLE));
      expect(answer.ChecksumType).toBe('FULL_OBJECT');
      expect(await head('checksums/full')).toMatchObject({
        ChecksumCRC32: base64Crc32(WHOLE),
        ChecksumType: 'FULL_OBJECT',
      });
    });

    test.each(['CRC64NVME', 'SHA256'] as const)('a %s of a plain object', async (algorithm) => {
      const { capabilities } = connection();
      const value = digestOf(algorithm, Buffer.from('hello'));
      const answer = await put(`checksums/put-${algorithm}`, { [`Checksum${algorithm}`]: value });
      expect(answer[`Checksum${algorithm}`]).toBe(value);
      const shown = await head(`checksums/put-${algorithm}`);
      expect(shown[`Checksum${algorithm}`]).toBe(value);
      expect(shown.ChecksumType).toBe(capabilities.showsTypeOfPut ? 'FULL_OBJECT' : undefined);
      const wrong = digestOf(algorithm, Buffer.from('hallo'));
      const bad = put(`checksums/bad-${algorithm}`, { [`Checksum${algorithm}`]: wrong });
      expect(await outcome(bad)).toBe('BadDigest');
      expect(await outcome(head(`checksums/bad-${algorithm}`))).toBe('NotFound');
    });

    test('full-object CRC64NVME of a multipart upload', async () => {
      const { bucket, capabilities } = connection();
      const kind = { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'FULL_OBJECT' } as const;
      const upload = await begin('checksums/crc64', kind);
      const wrong = { ChecksumCRC64NVME: digestOf('CRC64NVME', LAST) };
      expect(await outcome(upload.part(1, FIRST, wrong))).toBe('BadDigest');
      const parts = [
        await upload.part(1, FIRST, { ChecksumCRC64NVME: digestOf('CRC64NVME', FIRST) }),
        await upload.part(2, LAST, { ChecksumCRC64NVME: digestOf('CRC64NVME', LAST) }),
      ];
      const listed = await client().send(
        new ListPartsCommand({ Bucket: bucket, Key: 'checksums/crc64', UploadId: upload.uploadId }),
      );
      expect(listed.ChecksumAlgorithm).toBe(capabilities.listsPartChecksums ? 'CRC64NVME' : undefined);
      expect(listed.Parts?.map((part) => part.ChecksumCRC64NVME !== undefined)).toEqual(
        [FIRST, LAST].map(() => capabilities.listsPartChecksums),
      );
      const whole = { ChecksumCRC64NVME: digestOf('CRC64NVME', WHOLE), ChecksumType: 'FULL_OBJECT' } as const;
      expect(await outcome(upload.complete(parts, { ...whole, ...wrong }))).toBe('BadDigest');
      expect(await upload.complete(parts, whole)).toMatchObject(whole);
      expect(await head('checksums/crc64')).toMatchObject(whole);
    });

    test('composite SHA-256 of a multipart upload', async () => {
      const kind = { ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' } as const;
      const upload = await begin('checksums/sha256', kind);
      const wrong = { ChecksumSHA256: digestOf('SHA256', LAST) };
      expect(await outcome(upload.part(1, FIRST, wrong))).toBe('BadDigest');
      const digests = [FIRST, LAST].map((part) => digestOf('SHA256', part));
      const parts = [
        await upload.part(1, FIRST, { ChecksumSHA256: digests[0] }),
        await upload.part(2, LAST, { ChecksumSHA256: digests[1] }),
      ];
      const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
      expect(await outcome(upload.complete(bare))).toBe('InvalidRequest');
      const ofDigests = Buffer.concat(digests.map((digest) => Buffer.from(digest, 'base64')));
      const composite = {
        ChecksumSHA256: `${digestOf('SHA256', ofDigests)}-2`,
        ChecksumType: 'COMPOSITE',
      } as const;
      expect(await upload.complete(parts)).toMatchObject(composite);
      expect(await head('checksums/sha256')).toMatchObject(composite);
    });

    test('kinds that an algorithm cannot have', async () => {
      const composite = begin('checksums/no', { ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' });
      expect(await outcome(composite)).toBe('InvalidRequest');
      const full = begin('checksums/no', { ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' });
      expect(await outcome(full)).toBe('InvalidRequest');
    });

    test('CreateMultipartUpload says which checksum it will be', async () => {
      for (const [algorithm, type] of [
        ['CRC32', 'FULL_OBJECT'],
        ['CRC32', 'COMPOSITE'],
        ['CRC64NVME', 'FULL_OBJECT'],
        ['SHA256', 'COMPOSITE'],
      ] as const) {
        const answer = await client().send(
          new CreateMultipartUploadCommand({
            Bucket: connection().bucket,
            Key: 'checksums/said',
            ChecksumAlgorithm: algorithm,
            ChecksumType: type,
          }),
        );
        expect(answer).toMatchObject({ ChecksumAlgorithm: algorithm, ChecksumType: type });
      }
    });

    test('composite CRC32, which is what CRC32 alone means', async () => {
      const { bucket, capabilities } = connection();
      const upload = await begin('checksums/composite', { ChecksumAlgorithm: 'CRC32' });
      const first = await upload.part(1, FIRST, { ChecksumCRC32: base64Crc32(FIRST) });
      const last = await upload.part(2, LAST, { ChecksumCRC32: base64Crc32(LAST) });

      const listed = await client().send(
        new ListPartsCommand({ Bucket: bucket, Key: 'checksums/composite', UploadId: upload.uploadId }),
      );
      expect(listed.Parts?.map((part) => part.ChecksumCRC32)).toEqual(
        capabilities.listsPartChecksums ? [base64Crc32(FIRST), base64Crc32(LAST)] : [undefined, undefined],
      );
      const open = await client().send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'checksums/composite' }),
      );
      expect(open.Uploads?.[0]?.ChecksumAlgorithm).toBe(
        capabilities.listsUploadAlgorithm ? 'CRC32' : undefined,
      );

      const bare = [first, last].map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
      expect(await outcome(upload.complete(bare))).toBe('InvalidRequest');
      const wrong = [{ ...first, ChecksumCRC32: base64Crc32(LAST) }, last];
      expect(await outcome(upload.complete(wrong))).toBe(capabilities.wrongPartChecksum);

      const digests = [FIRST, LAST].map((part) => Buffer.from(base64Crc32(part), 'base64'));
      const ofDigests = Buffer.alloc(4);
      ofDigests.writeUInt32BE(crc32(Buffer.concat(digests)));
      const composite = `${ofDigests.toString('base64')}-2`;
      expect(await upload.complete([first, last])).toMatchObject({
        ChecksumCRC32: composite,
        ChecksumType: 'COMPOSITE',
      });
      expect(await head('checksums/composite')).toMatchObject({
        ChecksumCRC32: composite,
        ChecksumType: 'COMPOSITE',
      });
    });

    test('parts without checksums', async () => {
      const { capabilities } = connection();
      const composite = await begin('checksums/bare', { ChecksumAlgorithm: 'CRC32' });
      expect(await outcome(composite.part(1, LAST))).toBe(capabilities.compositePartWithoutChecksum);
      const full = await begin('checksums/bare', { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
      const { ETag } = await full.part(1, LAST);
      expect(await outcome(full.complete([{ PartNumber: 1, ETag }]))).toBe(
        capabilities.fullObjectWithoutPartChecksums,
      );
    });

    test('checksums of parts that Create did not announce', async () => {
      const { capabilities } = connection();
      const upload = await begin('checksums/unannounced');
      const part = await upload.part(1, LAST, { ChecksumCRC32: base64Crc32(LAST) });
      expect(part.ChecksumCRC32).toBe(base64Crc32(LAST));
      expect(await outcome(upload.complete([part]))).toBe(capabilities.unannouncedPartChecksums);
    });
  });
}
