import { ListObjectsV2Command, type ListObjectsV2CommandInput, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Contract } from './s3-contract.ts';
import { Multipart } from './s3-multipart.ts';

const KEYS = [
  'list/.locks/db.json',
  'list/db/2018-09-01.tar.gz',
  'list/db/2018-09-02.tar.gz',
  'list/db2/a',
  'list/sp ace+plus&amp',
  'list/top',
  'list/ü',
];

/** Listings: whole, in pages, by folder. */
export function listingContract({ client, connection }: Contract): void {
  const list = (input: Partial<ListObjectsV2CommandInput>) =>
    client().send(new ListObjectsV2Command({ Bucket: connection().bucket, Prefix: 'list/', ...input }));

  describe('listing', () => {
    beforeAll(async () => {
      for (const key of KEYS) {
        await client().send(new PutObjectCommand({ Bucket: connection().bucket, Key: key, Body: key }));
      }
    });

    test('keys come in the order of their bytes, with size, ETag and time', async () => {
      const answer = await list({});
      expect(answer.Contents?.map((entry) => entry.Key)).toEqual(KEYS);
      expect(answer.KeyCount).toBe(KEYS.length);
      expect(answer.IsTruncated).toBe(false);
      const top = answer.Contents?.find((entry) => entry.Key === 'list/top');
      expect(top?.Size).toBe('list/top'.length);
      expect(top?.ETag).toMatch(/^"[0-9a-f]{32}"$/);
      expect(Math.abs((top?.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
    });

    test.each([1, 2, 1000])(
      'a folder whose name begins as another comes where the store has it, in pages of %i',
      async (size) => {
        const folders = ['order/a/', 'order/a-b/', 'order/a.c/', 'order/a0/'];
        const keys = folders.flatMap((folder) => [`${folder}1`, `${folder}2`]);
        for (const key of keys) {
          await client().send(new PutObjectCommand({ Bucket: connection().bucket, Key: key, Body: key }));
        }
        const seen: string[] = [];
        for (let pages = 0; pages < 10; pages += 1) {
          const after = seen.at(-1);
          const page = await list({
            Prefix: 'order/',
            MaxKeys: size,
            ...(after === undefined ? {} : { StartAfter: after }),
          });
          const found = (page.Contents ?? []).map((entry) => entry.Key ?? '');
          if (found.length === 0) break;
          seen.push(...found);
        }
        const inOrder = { folders: keys, bytes: keys.toSorted() }[connection().capabilities.objectOrder];
        expect(seen).toEqual(inOrder);
      },
    );

    test.each([1, 2, 3, 7])('pages of %i hold every key once', async (pageSize) => {
      const seen: (string | undefined)[] = [];
      let token: string | undefined;
      for (let pages = 0; pages < 10; pages += 1) {
        const answer = await list({
          MaxKeys: pageSize,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        });
        seen.push(...(answer.Contents ?? []).map((entry) => entry.Key));
        token = answer.NextContinuationToken;
        if (answer.IsTruncated !== true) break;
        expect(token).toBeDefined();
      }
      expect(seen).toEqual(KEYS);
    });

    test('a delimiter gathers folders, in pages too', async () => {
      const answer = await list({ Delimiter: '/' });
      expect(answer.CommonPrefixes?.map((entry) => entry.Prefix)).toEqual([
        'list/.locks/',
        'list/db/',
        'list/db2/',
      ]);
      expect(answer.Contents?.map((entry) => entry.Key)).toEqual([
        'list/sp ace+plus&amp',
        'list/top',
        'list/ü',
      ]);

      const folders: (string | undefined)[] = [];
      const keys: (string | undefined)[] = [];
      let token: string | undefined;
      for (let pages = 0; pages < 10; pages += 1) {
        const page = await list({
          Delimiter: '/',
          MaxKeys: 2,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        });
        folders.push(...(page.CommonPrefixes ?? []).map((entry) => entry.Prefix));
        keys.push(...(page.Contents ?? []).map((entry) => entry.Key));
        token = page.NextContinuationToken;
        if (page.IsTruncated !== true) break;
      }
      expect(folders).toEqual(['list/.locks/', 'list/db/', 'list/db2/']);
      expect(keys).toEqual(['list/sp ace+plus&amp', 'list/top', 'list/ü']);
    });

    test('a prefix need not end at a slash; start-after is exclusive; nothing is an empty page', async () => {
      const byPrefix = await list({ Prefix: 'list/db' });
      expect(byPrefix.Contents).toHaveLength(3);
      const after = await list({ StartAfter: 'list/db/2018-09-02.tar.gz' });
      expect(after.Contents?.map((entry) => entry.Key)).toEqual(KEYS.slice(3));
      const nothing = await list({ Prefix: 'list/nothing/' });
      expect(nothing.Contents ?? []).toEqual([]);
      expect(nothing.KeyCount).toBe(0);
      expect(nothing.IsTruncated).toBe(false);
    });

    test('an open multipart upload is not listed', async () => {
      const upload = await Multipart.begin(client(), connection().bucket, 'list/open');
      await upload.part(1, Buffer.from('x'));
      const answer = await list({ Prefix: 'list/open' });
      expect(answer.KeyCount).toBe(0);
    });

    test('a page has at most 1,000 keys unless more are asked for', async () => {
      const keys = Array.from({ length: 1005 }, (_, index) => `thousand/${String(index).padStart(5, '0')}`);
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (const key of keys.filter((_key, index) => index % 8 === writer)) {
          await client().send(new PutObjectCommand({ Bucket: connection().bucket, Key: key, Body: 'x' }));
        }
      });
      await Promise.all(writers);
      const first = await list({ Prefix: 'thousand/' });
      expect(first.Contents).toHaveLength(1000);
      expect(first.IsTruncated).toBe(true);
      const rest = await list({ Prefix: 'thousand/', ContinuationToken: first.NextContinuationToken });
      expect([...(first.Contents ?? []), ...(rest.Contents ?? [])].map((entry) => entry.Key)).toEqual(keys);
      const more = await list({ Prefix: 'thousand/', MaxKeys: 5000 });
      expect(more.Contents).toHaveLength(connection().capabilities.maxKeys === 1000 ? 1000 : 1005);
    });
  });
}
