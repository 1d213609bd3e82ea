import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../sandbox/s3/failures.ts';
import type { StoreQuirks } from '../../../sandbox/s3/options.ts';
import { proveStored } from '../../../src/integrity/proof.ts';
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

/** The two ways in which an object comes into being. */
const COMMITS = [
  { operation: 'CompleteMultipartUpload', bytes: bytesOf(2 * PART + MiB) },
  { operation: 'PutObject', bytes: bytesOf(MiB) },
] as const;

/** Stores that tell what they hold by a checksum, and those that tell it by an ETag. */
const STORES: readonly (readonly [string, Partial<StoreQuirks>])[] = [
  ['a store with checksums', {}],
  ['a store with nothing but MD5 ETags', { checksums: 'ignored' }],
];

const CASES = COMMITS.flatMap((commit) => STORES.map(([name, quirks]) => ({ ...commit, name, quirks })));

describe.each(CASES)('the response to $operation of $name', ({ operation, bytes, quirks }) => {
  async function uploadWith(fixture: StoreFixture, ...faults: Fault[]) {
    await fixture.store.probe('shop', calm());
    for (const fault of faults) fixture.s3.fail({ operation, fault });
    return await fixture.upload(piecesOf(bytes));
  }

  async function expectStored(fixture: StoreFixture): Promise<void> {
    expect(fixture.s3.keys()).toEqual([KEY]);
    expect(fixture.s3.uploads()).toEqual([]);
    await expectBytes(fixture, bytes);
  }

  it('that is lost once is resolved by looking, and what lies there is proved', async () => {
    await using fixture = await startStore({}, { quirks });
    const receipt = await uploadWith(fixture, { kind: 'lose-answer' });
    await expectStored(fixture);
    const stored = await fixture.store.head(ARCHIVE, calm());
    if (stored === undefined) throw new Error('there is no object');
    expect(proveStored(KEY, stored, receipt)).toBe(
      quirks.checksums === 'ignored' ? 'part-md5' : 'store-full-object',
    );
  });

  it('that says 500 although it was done is resolved by looking', async () => {
    await using fixture = await startStore({}, { quirks });
    await uploadWith(fixture, { kind: 'error-after', code: 'InternalError' });
    await expectStored(fixture);
  });

  it('that says 412 is believed where another object lies there', async () => {
    await using fixture = await startStore({}, { quirks }, undefined, DocumentedStore);
    fixture.s3.put(KEY, bytesOf(bytes.length).fill(7));
    const error = await failureOf(uploadWith(fixture));
    expect(error).toMatchObject({ code: 's3.precondition_failed', details: { status: 412 } });
    expect(fixture.s3.uploads()).toEqual([]);
    expect((await fixture.s3.read(KEY))[0]).toBe(7);
  });

  it('that is lost before it was done is asked for again', async () => {
    await using fixture = await startStore({}, { quirks });
    await uploadWith(fixture, { kind: 'reset', afterBytes: 0 });
    await expectStored(fixture);
  });

  it('that is a refusal for good is one', async () => {
    await using fixture = await startStore({}, { quirks });
    const error = await failureOf(uploadWith(fixture, { kind: 'error', code: 'AccessDenied' }));
    expect(error.code).toBe('s3.forbidden');
    expect(fixture.s3.keys()).toEqual([]);
    expect(fixture.s3.uploads()).toEqual([]);
  });
});

describe('CompleteMultipartUpload', () => {
  const bytes = bytesOf(2 * PART + MiB);
  const operation = 'CompleteMultipartUpload';

  it('that answers 200 with an error is asked again where that may help', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation, fault: { kind: 'error-in-200', code: 'InternalError' } });
    await fixture.upload(piecesOf(bytes));
    await expectBytes(fixture, bytes);
  });

  it('that answers 200 with an error for good has failed: no object, no upload', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({
      operation,
      fault: { kind: 'error-in-200', code: 'InvalidPart' },
      times: Number.POSITIVE_INFINITY,
    });
    const error = await failureOf(fixture.upload(piecesOf(bytes)));
    expect(error).toMatchObject({ code: 's3.failed', message: expect.stringContaining('InvalidPart') });
    expect(fixture.s3.keys()).toEqual([]);
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it('that answers NoSuchUpload although nothing lies there has failed', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation, fault: { kind: 'error', code: 'NoSuchUpload' } });
    const error = await failureOf(fixture.upload(piecesOf(bytes)));
    expect(error.code).toBe('s3.no_such_upload');
    expect(fixture.s3.keys()).toEqual([]);
  });

  it('whose response is lost is not taken for done where another object of the size lies there', async () => {
    const quirks = { conditionalWrites: 'ignored' } as const;
    await using fixture = await startStore({}, { quirks }, undefined, DocumentedStore);
    fixture.s3.put(KEY, bytesOf(bytes.length).fill(7));
    fixture.s3.fail({ operation, fault: { kind: 'error', code: 'NoSuchUpload' } });
    expect((await failureOf(fixture.upload(piecesOf(bytes)))).code).toBe('s3.no_such_upload');
  });

  it('states the size and the checksum of the whole, and that nothing may lie there', async () => {
    await using fixture = await startStore();
    await fixture.store.probe('shop', calm());
    const receipt = await fixture.upload(piecesOf(bytes));
    const [asked] = fixture.s3.requested({ operation });
    expect(asked?.headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-mp-object-size': String(bytes.length),
      'x-amz-checksum-crc32': receipt.checksum?.value,
      'x-amz-checksum-type': 'FULL_OBJECT',
    });
  });

  it('replaces an object that could not be proved, when told so', async () => {
    await using fixture = await startStore();
    fixture.s3.put(KEY, 'not an archive');
    await fixture.upload(piecesOf(bytes), { mustBeNew: false });
    await expectBytes(fixture, bytes);
    expect(fixture.s3.requested({ operation })[0]?.headers).not.toHaveProperty('if-none-match');
  });
});

it('a last part that is a rest of the one before is still whole when it is sent again, long after that one', async () => {
  await using fixture = await startStore();
  const bytes = bytesOf(2 * PART + 100);
  const others = Promise.withResolvers<void>();
  fixture.s3.fail({ operation: 'UploadPart', partNumber: 3, fault: { kind: 'hold', until: others.promise } });
  fixture.s3.fail({
    operation: 'UploadPart',
    partNumber: 3,
    fault: { kind: 'error', code: 'InternalError' },
  });
  const upload = fixture.upload(piecesOf(bytes));
  const stored = () =>
    fixture.s3
      .requested({ operation: 'UploadPart' })
      .filter(({ partNumber, status }) => partNumber !== 3 && status === 200);
  await expect.poll(() => stored().length).toBe(2);
  others.resolve();
  await upload;
  await expectBytes(fixture, bytes);
});
