import { describe, expect, it } from 'vitest';
import type { StoreQuirks } from '../../../sandbox/s3/options.ts';
import { S3ArchiveStore } from '../../../src/stores/s3/s3-archive-store.ts';
import {
  ARCHIVE,
  bytesOf,
  calm,
  DocumentedStore,
  expectBytes,
  failureOf,
  KEY,
  MiB,
  PART,
  piecesOf,
  type StoreFixture,
  startStore,
} from './store-fixture.ts';

type Quirk = StoreQuirks['conditionalWrites'];
const QUIRKS: readonly Quirk[] = ['honoured', 'ignored', 'refused'];
const SMALL = bytesOf(MiB);
const BIG = bytesOf(PART + MiB);

/** The three requests that make an object. */
const WAYS: readonly [string, Buffer, (fixture: StoreFixture, mustBeNew: boolean) => Promise<unknown>][] = [
  ['PutObject', SMALL, (fixture, mustBeNew) => fixture.upload(piecesOf(SMALL), { mustBeNew })],
  ['Complete of a stream', BIG, (fixture, mustBeNew) => fixture.upload(piecesOf(BIG), { mustBeNew })],
  [
    'Complete of parts sent one by one',
    BIG,
    async ({ store }, mustBeNew) => {
      const upload = await store.beginUpload({ archive: ARCHIVE, mustBeNew, metadata: {} }, calm());
      const parts = [
        await upload.sendPart(1, PART, piecesOf(BIG.subarray(0, PART)), calm()),
        await upload.sendPart(2, MiB, piecesOf(BIG.subarray(PART)), calm()),
      ];
      await upload.complete(parts, PART, calm());
    },
  ],
];

describe.each(WAYS)('%s', (_, bytes, make) => {
  it.each(QUIRKS)('makes a new object, at a store where conditions are %s', async (conditionalWrites) => {
    await using fixture = await startStore({}, { quirks: { conditionalWrites } });
    await make(fixture, true);
    await expectBytes(fixture, bytes);
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it.each(QUIRKS)('overwrites none, at a store where conditions are %s', async (conditionalWrites) => {
    await using fixture = await startStore({}, { quirks: { conditionalWrites } });
    fixture.s3.put(KEY, 'somebody else was quicker');
    expect((await failureOf(make(fixture, true))).code).toBe('s3.precondition_failed');
    expect((await fixture.s3.read(KEY)).toString()).toBe('somebody else was quicker');
  });

  it.each(QUIRKS)(
    'replaces one that is to be replaced, where conditions are %s',
    async (conditionalWrites) => {
      await using fixture = await startStore({}, { quirks: { conditionalWrites } });
      fixture.s3.put(KEY, 'not proved');
      await make(fixture, false);
      await expectBytes(fixture, bytes);
      const conditions = fixture.s3.requests.filter(({ headers }) => 'if-none-match' in headers);
      expect(conditions).toEqual([]);
    },
  );

  it('is made without the condition where a 400 turns it down', async () => {
    await using fixture = await startStore();
    const operation = bytes === SMALL ? 'PutObject' : 'CompleteMultipartUpload';
    fixture.s3.fail({ operation, fault: { kind: 'error', code: 'InvalidArgument' } });
    await make(fixture, true);
    await expectBytes(fixture, bytes);
    const sent = fixture.s3.requested({ operation }).map(({ headers }) => headers['if-none-match']);
    expect(sent).toEqual(['*', undefined]);
  });

  it('fails with what is wrong, where a 400 is of another cause', async () => {
    await using fixture = await startStore();
    const operation = bytes === SMALL ? 'PutObject' : 'CompleteMultipartUpload';
    fixture.s3.fail({ operation, fault: { kind: 'error', code: 'InvalidPart' }, times: 2 });
    const error = await failureOf(make(fixture, true));
    expect(error).toMatchObject({ code: 's3.failed', message: expect.stringContaining('InvalidPart') });
    expect(fixture.s3.keys()).toEqual([]);
  });
});

it.each([
  ['is not documented to honour the condition is looked at first', S3ArchiveStore, 1],
  ['is documented to honour it is not', DocumentedStore, 0],
] as const)('a store that %s', async (_, Store, looks) => {
  await using fixture = await startStore({}, {}, undefined, Store);
  await fixture.upload(piecesOf(BIG));
  expect(fixture.s3.requested({ operation: 'HeadObject' })).toHaveLength(looks);
});
