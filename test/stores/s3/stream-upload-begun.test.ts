import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { IntegrityError } from '../../../src/model/errors.ts';
import { bytesOf, MiB, PART, piecesOf, rejectionOf, startStore } from './store-fixture.ts';

it('an upload whose source fails while it is being begun is aborted all the same', async () => {
  await using fixture = await startStore();
  const broken = new IntegrityError('archive.source_changed', 'the source broke');
  const released = Promise.withResolvers<void>();
  fixture.s3.fail({ operation: 'CreateMultipartUpload', fault: { kind: 'hold', until: released.promise } });
  const source = async function* () {
    yield* piecesOf(bytesOf(PART + MiB));
    await fixture.s3.seen({ operation: 'CreateMultipartUpload' });
    // The store begins it after the source has failed.
    void delay(100).then(released.resolve);
    throw broken;
  };
  expect(await rejectionOf(fixture.upload(source()))).toBe(broken);
  await released.promise;
  expect(fixture.s3.requested({ operation: 'AbortMultipartUpload' })).toHaveLength(1);
  expect(fixture.s3.uploads()).toEqual([]);
});
