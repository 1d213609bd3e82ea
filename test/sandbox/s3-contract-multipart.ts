import { createHash } from 'node:crypto';
import {
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { outcome } from './s3-client.ts';
import type { Contract } from './s3-contract.ts';
import { Multipart, readObject } from './s3-multipart.ts';

const MIB = 1024 * 1024;
const FIRST = Buffer.alloc(5 * MIB, 'first');
const SECOND = Buffer.alloc(5 * MIB, 'second');
const LAST = Buffer.from('the last part may be short');

/** Multipart uploads: from Create to Complete or Abort, and what is refused on the way. */
export function multipartContract({ client, connection }: Contract): void {
  const begin = (key: string, extra: object = {}) =>
    Multipart.begin(client(), connection().bucket, key, extra);
  const head = (key: string) =>
    client().send(new HeadObjectCommand({ Bucket: connection().bucket, Key: key }));

  describe('multipart uploads', () => {
    test('three parts become one object, which appears on Complete', async () => {
      const { bucket } = connection();
      const upload = await begin('multipart/whole', { Metadata: { 'backup-id': '42' } });
      // Out of order, as concurrent workers send them.
      const third = await upload.part(3, LAST);
      const first = await upload.part(1, FIRST);
      const second = await upload.part(2, SECOND);
      expect(await outcome(head('multipart/whole'))).toBe('NotFound');
      const answer = await upload.complete([first, second, third]);
      const md5s = [FIRST, SECOND, LAST].map((part) => createHash('md5').update(part).digest());
      const etag = `"${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3"`;
      expect(first.ETag).toBe(`"${md5s[0]?.toString('hex')}"`);
      expect(answer.ETag).toBe(etag);
      expect(await head('multipart/whole')).toMatchObject({
        ETag: etag,
        ContentLength: 10 * MIB + LAST.length,
        Metadata: { 'backup-id': '42' },
      });
      const stored = await readObject(client(), bucket, 'multipart/whole');
      expect(stored.equals(Buffer.concat([FIRST, SECOND, LAST]))).toBe(true);
    });

    test('part numbers may have gaps, a part sent again replaces the one before, parts may be left out', async () => {
      const upload = await begin('multipart/gaps');
      const tenth = await upload.part(10, LAST);
      await upload.part(3, SECOND);
      await upload.part(7, SECOND);
      const third = await upload.part(3, FIRST);
      await upload.complete([third, tenth]);
      const stored = await readObject(client(), connection().bucket, 'multipart/gaps');
      expect(stored.equals(Buffer.concat([FIRST, LAST]))).toBe(true);
    });

    test('one empty part is an empty object', async () => {
      const upload = await begin('multipart/empty');
      await upload.complete([await upload.part(1, Buffer.alloc(0))]);
      expect((await head('multipart/empty')).ContentLength).toBe(0);
    });

    test('Complete refuses what does not fit', async () => {
      const upload = await begin('multipart/refused');
      const first = await upload.part(1, FIRST);
      const second = await upload.part(2, SECOND);
      const third = await upload.part(3, LAST);
      const fourth = await upload.part(4, LAST);
      const other = { ...first, ETag: '"deadbeefdeadbeefdeadbeefdeadbeef"' };
      expect(await outcome(upload.complete([other]))).toBe('InvalidPart');
      expect(await outcome(upload.complete([first, { ...first, PartNumber: 9 }]))).toBe('InvalidPart');
      expect(await outcome(upload.complete([second, first]))).toBe('InvalidPartOrder');
      expect(await outcome(upload.complete([first, third, fourth]))).toBe('EntityTooSmall');
      expect(await outcome(head('multipart/refused'))).toBe('NotFound');
      // None of that has spoilt the upload.
      await upload.complete([first, third]);
      expect((await head('multipart/refused')).ContentLength).toBe(FIRST.length + LAST.length);
    });

    test('Complete of nothing', async () => {
      const upload = await begin('multipart/nothing');
      expect(await outcome(upload.complete([]))).toBe(connection().capabilities.completeNothing);
    });

    test('Complete holds the size that is claimed against the parts, where the store does', async () => {
      const upload = await begin('multipart/size');
      const part = await upload.part(1, LAST);
      const claimed = await outcome(upload.complete([part], { MpuObjectSize: 7 }));
      expect(claimed).toBe(connection().capabilities.checksObjectSize ? 'InvalidRequest' : 'done');
    });

    test.each([0, 10_001])('part number %i is refused', async (partNumber) => {
      const upload = await begin('multipart/numbers');
      expect(await outcome(upload.part(partNumber, LAST))).toBe(connection().capabilities.badPartNumber);
    });

    test('Complete sent again, and Abort after it', async () => {
      const { capabilities } = connection();
      const upload = await begin('multipart/again');
      const parts = [await upload.part(1, LAST)];
      await upload.complete(parts);
      expect(await outcome(upload.complete(parts))).toBe(capabilities.completeAgain);
      expect(await outcome(upload.abort())).toBe(capabilities.abortCompleted);
      expect((await head('multipart/again')).ContentLength).toBe(LAST.length);
    });

    test('an upload that never was', async () => {
      const { bucket, capabilities } = connection();
      const unknown = (await begin('multipart/unknown')).withId('00000000-0000-4000-8000-000000000000');
      const part = { PartNumber: 1, ETag: '"5d41402abc4b2a76b9719d911017c592"' };
      const list = new ListPartsCommand({
        Bucket: bucket,
        Key: 'multipart/unknown',
        UploadId: unknown.uploadId,
      });
      expect(await outcome(unknown.part(1, LAST))).toBe('NoSuchUpload');
      expect(await outcome(client().send(list))).toBe('NoSuchUpload');
      expect(await outcome(unknown.abort())).toBe('NoSuchUpload');
      expect(await outcome(unknown.complete([part]))).toBe('NoSuchUpload');
      await client().send(new PutObjectCommand({ Bucket: bucket, Key: 'multipart/unknown', Body: 'mine' }));
      expect(await outcome(unknown.complete([part]))).toBe(
        capabilities.completeUnknownUpload === 'NoSuchUpload' ? 'NoSuchUpload' : 'done',
      );
      expect((await readObject(client(), bucket, 'multipart/unknown')).toString()).toBe('mine');
    });

    test('an aborted upload takes no more parts and is listed no more', async () => {
      const { bucket } = connection();
      const upload = await begin('multipart/aborted');
      await upload.part(1, LAST);
      await upload.abort();
      expect(await outcome(upload.part(2, LAST))).toBe('NoSuchUpload');
      const left = await client().send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'multipart/aborted' }),
      );
      expect(left.Uploads ?? []).toEqual([]);
    });

    test('conditional Complete: refused, and the upload stays', async () => {
      const { bucket } = connection();
      await client().send(new PutObjectCommand({ Bucket: bucket, Key: 'multipart/condition', Body: 'mine' }));
      const upload = await begin('multipart/condition');
      const parts = [await upload.part(1, LAST)];
      expect(await outcome(upload.complete(parts, { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
      expect(await outcome(upload.complete(parts, { IfMatch: '"deadbeefdeadbeefdeadbeefdeadbeef"' }))).toBe(
        'PreconditionFailed',
      );
      expect((await readObject(client(), bucket, 'multipart/condition')).toString()).toBe('mine');
      await upload.abort();
    });

    test('of four conditional Completes at once one wins, where the store sees to it', async () => {
      const rivals = await Promise.all(
        [1, 2, 3, 4].map(async (rival) => {
          const own = await begin('multipart/race');
          return { own, part: await own.part(1, Buffer.from(`rival ${rival}`)) };
        }),
      );
      const outcomes = await Promise.all(
        rivals.map(({ own, part }) => outcome(own.complete([part], { IfNoneMatch: '*' }))),
      );
      const losers = outcomes.filter((one) => one !== 'done');
      // AWS may also say that two met: 409 ConditionalRequestConflict.
      expect(losers.filter((one) => !/^(PreconditionFailed|ConditionalRequestConflict)$/.test(one))).toEqual(
        [],
      );
      if (connection().capabilities.completeRace === 'one wins') expect(losers).toHaveLength(3);
      else expect(losers.length).toBeLessThan(4);
    });

    test('ListParts pages by part number', async () => {
      const { bucket } = connection();
      const upload = await begin('multipart/parts');
      for (let partNumber = 1; partNumber <= 5; partNumber += 1) await upload.part(partNumber, LAST);
      const seen: (number | undefined)[] = [];
      let marker: string | undefined;
      for (let pages = 0; pages < 5; pages += 1) {
        const page = await client().send(
          new ListPartsCommand({
            Bucket: bucket,
            Key: 'multipart/parts',
            UploadId: upload.uploadId,
            MaxParts: 2,
            ...(marker === undefined ? {} : { PartNumberMarker: marker }),
          }),
        );
        expect(page.Parts?.every((part) => part.Size === LAST.length)).toBe(true);
        seen.push(...(page.Parts ?? []).map((part) => part.PartNumber));
        marker = page.NextPartNumberMarker;
        if (page.IsTruncated !== true) break;
      }
      expect(seen).toEqual([1, 2, 3, 4, 5]);
    });
  });
}
