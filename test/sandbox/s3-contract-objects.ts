import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { outcome } from './s3-client.ts';
import type { Contract } from './s3-contract.ts';
import { readObject } from './s3-multipart.ts';

const OTHER_ETAG = '"deadbeefdeadbeefdeadbeefdeadbeef"';
const MD5_OF_HELLO = '"5d41402abc4b2a76b9719d911017c592"';

/** Single objects: written, read in ranges, conditionally, deleted. */
export function objectContract({ client, connection }: Contract): void {
  const put = (key: string, body: string, extra: object = {}) =>
    client().send(new PutObjectCommand({ Bucket: connection().bucket, Key: key, Body: body, ...extra }));
  const head = (key: string) =>
    client().send(new HeadObjectCommand({ Bucket: connection().bucket, Key: key }));
  const remove = (key: string, extra: object = {}) =>
    client().send(new DeleteObjectCommand({ Bucket: connection().bucket, Key: key, ...extra }));

  describe('objects', () => {
    test('what is put is got, with its metadata; the ETag is the MD5', async () => {
      const answer = await put('objects/one', 'hello', {
        ContentType: 'application/gzip',
        Metadata: { 'backup-id': 'x=y; z/1' },
      });
      expect(answer.ETag).toBe(MD5_OF_HELLO);
      expect(await head('objects/one')).toMatchObject({
        ContentLength: 5,
        ContentType: 'application/gzip',
        ETag: MD5_OF_HELLO,
        Metadata: { 'backup-id': 'x=y; z/1' },
      });
      expect((await readObject(client(), connection().bucket, 'objects/one')).toString()).toBe('hello');
    });

    test('tags are counted, the storage class is shown where it is kept', async () => {
      await put('objects/tagged', 'x', { Tagging: 'team=data&kind=backup', StorageClass: 'STANDARD_IA' });
      const answer = await head('objects/tagged');
      expect(answer.TagCount).toBe(2);
      const kept = connection().capabilities.keepsStorageClass;
      expect(answer.StorageClass ?? 'STANDARD').toBe(kept ? 'STANDARD_IA' : 'STANDARD');
    });

    test('a missing object', async () => {
      const { bucket } = connection();
      expect(await outcome(head('objects/none'))).toBe('NotFound');
      expect(
        await outcome(client().send(new GetObjectCommand({ Bucket: bucket, Key: 'objects/none' }))),
      ).toBe('NoSuchKey');
      expect(await outcome(remove('objects/none'))).toBe('done');
    });

    test('a key may lie below another where the store allows it', async () => {
      await put('nested/a', '1');
      const second = await outcome(put('nested/a/b', '2'));
      expect(second).toBe(connection().capabilities.keysBelowKeys ? 'done' : 'ObjectParentIsFile');
    });

    test.each([
      ['bytes=2-4', 'bytes 2-4/10', '234'],
      ['bytes=5-', 'bytes 5-9/10', '56789'],
      ['bytes=-3', 'bytes 7-9/10', '789'],
      ['bytes=0-100', 'bytes 0-9/10', '0123456789'],
    ])('range %s', async (range, contentRange, body) => {
      const { bucket } = connection();
      await put('objects/range', '0123456789');
      const answer = await client().send(
        new GetObjectCommand({ Bucket: bucket, Key: 'objects/range', Range: range }),
      );
      expect(answer.$metadata.httpStatusCode).toBe(206);
      expect(answer.ContentRange).toBe(contentRange);
      expect(answer.ContentLength).toBe(body.length);
      expect(await answer.Body?.transformToString()).toBe(body);
    });

    test('ranges that cannot be had', async () => {
      const { bucket, capabilities } = connection();
      await put('objects/range', '0123456789');
      const get = (range: string) =>
        client().send(new GetObjectCommand({ Bucket: bucket, Key: 'objects/range', Range: range }));
      expect(await outcome(get('bytes=10-'))).toBe('InvalidRange');
      expect(await outcome(get('bytes=-0'))).toBe('InvalidRange');
      expect(await outcome(get('bytes=4-2'))).toBe(
        capabilities.backwardRange === 'InvalidRange' ? 'InvalidRange' : 'done',
      );
    });

    test('conditional reads', async () => {
      const { bucket } = connection();
      await put('objects/read', 'hello');
      const get = (condition: object) =>
        client().send(new GetObjectCommand({ Bucket: bucket, Key: 'objects/read', ...condition }));
      expect(await outcome(get({ IfMatch: OTHER_ETAG }))).toBe('PreconditionFailed');
      expect(await outcome(get({ IfMatch: MD5_OF_HELLO }))).toBe('done');
      expect(await outcome(get({ IfNoneMatch: MD5_OF_HELLO }))).toBe('304');
    });

    test('If-None-Match: * writes only what is not there', async () => {
      expect(await outcome(put('objects/once', 'first', { IfNoneMatch: '*' }))).toBe('done');
      expect(await outcome(put('objects/once', 'second', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
      expect((await readObject(client(), connection().bucket, 'objects/once')).toString()).toBe('first');
    });

    test('If-Match writes only over what it names', async () => {
      await put('objects/match', 'hello');
      expect(await outcome(put('objects/match', 'x', { IfMatch: OTHER_ETAG }))).toBe('PreconditionFailed');
      expect(await outcome(put('objects/match', 'x', { IfMatch: MD5_OF_HELLO }))).toBe('done');
      expect(await outcome(put('objects/match-none', 'x', { IfMatch: OTHER_ETAG }))).toBe(
        connection().capabilities.putIfMatchWithoutObject,
      );
    });

    test.each([
      ['If-None-Match', undefined],
      ['If-Match', 'before'],
    ])('of eight concurrent writes with %s one wins', async (_condition, before) => {
      const key = `objects/race-${String(before)}`;
      const etag = before === undefined ? undefined : (await put(key, before)).ETag;
      const condition = etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag };
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) => outcome(put(key, `writer ${index}`, condition))),
      );
      expect(outcomes.filter((one) => one === 'done')).toHaveLength(1);
      // AWS may also say that two met: 409 ConditionalRequestConflict.
      const others = outcomes.filter((one) => one !== 'done');
      expect(others.every((one) => /^(PreconditionFailed|ConditionalRequestConflict)$/.test(one))).toBe(true);
    });

    test('a conditional delete and write at once: one wins, where the store sees to it', async () => {
      for (let round = 0; round < 10; round += 1) {
        const key = `objects/delete-race-${round}`;
        const { ETag } = await put(key, 'before');
        const outcomes = await Promise.all([
          outcome(remove(key, { IfMatch: ETag })),
          outcome(put(key, 'after', { IfMatch: ETag })),
        ]);
        const winners = outcomes.filter((one) => one === 'done').length;
        if (connection().capabilities.deleteRace === 'one wins') expect(winners).toBe(1);
        else expect(winners).toBeGreaterThan(0);
      }
    });

    test('If-Match deletes only what it names', async () => {
      const { capabilities } = connection();
      await put('objects/delete', 'hello');
      expect(await outcome(remove('objects/delete', { IfMatch: OTHER_ETAG }))).toBe('PreconditionFailed');
      expect(await outcome(head('objects/delete'))).toBe('done');
      expect(await outcome(remove('objects/delete', { IfMatch: MD5_OF_HELLO }))).toBe('done');
      expect(await outcome(head('objects/delete'))).toBe('NotFound');
      expect(await outcome(remove('objects/delete', { IfMatch: OTHER_ETAG }))).toBe(
        capabilities.deleteIfMatchWithoutObject,
      );
      await put('objects/delete', 'hello');
      expect(await outcome(remove('objects/delete', { IfMatch: '*' }))).toBe(capabilities.deleteIfMatchAny);
    });

    test('many are deleted at once, the missing among them too', async () => {
      await put('objects/many/1', 'x');
      const answer = await client().send(
        new DeleteObjectsCommand({
          Bucket: connection().bucket,
          Delete: { Objects: [{ Key: 'objects/many/1' }, { Key: 'objects/many/2' }] },
        }),
      );
      expect(answer.Errors ?? []).toEqual([]);
      expect(answer.Deleted?.map((one) => one.Key).sort()).toEqual(['objects/many/1', 'objects/many/2']);
      expect(await outcome(head('objects/many/1'))).toBe('NotFound');
    });
  });
}
