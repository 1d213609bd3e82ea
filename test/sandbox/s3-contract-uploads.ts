import { ListMultipartUploadsCommand, type ListMultipartUploadsCommandInput } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StoreCapabilities } from './s3-capabilities.ts';
import { outcome } from './s3-client.ts';
import type { Contract } from './s3-contract.ts';
import { Multipart } from './s3-multipart.ts';

type Markers = Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'>;

/** The list of unfinished uploads. */
export function uploadListContract({ client, connection }: Contract): void {
  const list = (input: Partial<ListMultipartUploadsCommandInput>) =>
    client().send(
      new ListMultipartUploadsCommand({ Bucket: connection().bucket, Prefix: 'uploads/', ...input }),
    );

  /** `<key> <upload id>` of every page, following the markers that the store takes. */
  async function everyPage(pageSize: number, which: StoreCapabilities['uploadMarkers']): Promise<string[]> {
    const names: string[] = [];
    let markers: Markers = {};
    for (let pages = 0; pages < 6; pages += 1) {
      const page = await list({ MaxUploads: pageSize, ...markers });
      names.push(...(page.Uploads ?? []).map((upload) => `${upload.Key} ${upload.UploadId}`));
      if (page.IsTruncated !== true) return names;
      markers = {
        ...(which === 'upload id' ? {} : { KeyMarker: page.NextKeyMarker }),
        ...(which === 'key' ? {} : { UploadIdMarker: page.NextUploadIdMarker }),
      };
    }
    throw new Error('the pages do not end');
  }

  describe('unfinished uploads', () => {
    const expected: string[] = [];
    beforeAll(async () => {
      const { bucket } = connection();
      for (const key of ['uploads/a', 'uploads/b', 'uploads/b', 'uploads/c']) {
        expected.push(`${key} ${(await Multipart.begin(client(), bucket, key)).uploadId}`);
      }
      await Multipart.begin(client(), bucket, 'uploads-elsewhere');
    });

    test('are listed by prefix, each with the time it was begun', async () => {
      const answer = await list({});
      const uploads = answer.Uploads ?? [];
      expect(uploads.map((upload) => `${upload.Key} ${upload.UploadId}`).sort()).toEqual(
        [...expected].sort(),
      );
      expect(uploads.every((upload) => upload.Initiated instanceof Date)).toBe(true);
      expect(answer.IsTruncated).toBe(false);
    });

    test('come in the order of their keys, where the store has one', async () => {
      const keys = ((await list({})).Uploads ?? []).map((upload) => upload.Key);
      const sorted = keys.join() === [...keys].sort().join();
      expect(sorted).toBe(connection().capabilities.uploadOrder === 'by key');
    });

    test('come in pages, by the markers that the store takes', async () => {
      const { uploadMarkers } = connection().capabilities;
      // The key alone passes over what else the page's last key has: here the pages end between keys.
      const pageSize = uploadMarkers === 'key' ? 3 : 2;
      expect((await everyPage(pageSize, uploadMarkers)).sort()).toEqual([...expected].sort());
    });

    test('both markers of the response can be sent back, where the store takes its own', async () => {
      const { KeyMarker, UploadIdMarker } = await list({ MaxUploads: 1 }).then((page) => ({
        KeyMarker: page.NextKeyMarker,
        UploadIdMarker: page.NextUploadIdMarker,
      }));
      const refused = connection().capabilities.uploadMarkers === 'key';
      expect(await outcome(list({ KeyMarker, UploadIdMarker }))).toBe(refused ? 'InvalidArgument' : 'done');
    });
  });
}
