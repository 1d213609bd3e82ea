import { expect, it } from 'vitest';
import type { Download } from '../../src/ports/backup-source.ts';
import { bytesOf } from '../stores/s3/store-fixture.ts';
import { drain, sourceOf } from './deliver.ts';

/** The archive from a byte on, of which each connection gives no more than what `give` lets through. */
function crawling(bytes: Buffer, give: (rest: Buffer) => AsyncGenerator<Buffer>) {
  let opened = 0;
  const api = {
    open: (_id: string, { start }: { start: number }): Promise<Download> => {
      // A loop without an end would keep the test waiting: this one is ended, and seen.
      if (++opened > 3000) throw new Error('it was asked for again and again');
      return Promise.resolve({
        start,
        partial: start > 0,
        length: bytes.length - start,
        totalSize: bytes.length,
        framed: true,
        validator: '"v1"',
        contentTag: '"v1"',
        body: { destroy() {}, [Symbol.asyncIterator]: () => give(bytes.subarray(start)) },
      });
    },
  };
  return { api, opened: () => opened };
}

it('a source whose every connection is slower than the floor is given up, as stalled', async () => {
  const { api, opened } = crawling(bytesOf(200_000), async function* (rest) {
    for (let at = 0; at < rest.length; at += 3) {
      yield rest.subarray(at, at + 3);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  const options = { expectedSize: 200_000, stallTimeout: 40, maxAttempts: 3 };
  const { error } = await drain(sourceOf(api, 'b1', options));
  expect(error).toMatchObject({
    code: 'archive.stalled',
    message: expect.stringContaining('less than 1 KiB a second'),
    details: { attempts: 3 },
  });
  expect(opened()).toBe(3);
});
