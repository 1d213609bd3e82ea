import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ArchiverError, IntegrityError } from '../../../src/model/errors.ts';
import {
  ARCHIVE,
  breaking,
  bytesOf,
  calm,
  expectBytes,
  failureOf,
  MiB,
  PART,
  piecesOf,
  rejectionOf,
  type StoreFixture,
  standingStill,
  startStore,
} from './store-fixture.ts';

/** Neither object nor upload. */
function expectNothing({ s3 }: StoreFixture): void {
  expect(s3.keys()).toEqual([]);
  expect(s3.uploads()).toEqual([]);
}

describe('an upload whose source fails', () => {
  const broken = new IntegrityError('archive.truncated', 'the download ended too early');

  it.each([
    ['before the first byte', 0],
    ['within the first part', MiB],
    ['between two parts', PART],
    ['after three parts', 3 * PART + MiB],
  ])('%s throws that error and leaves nothing', async (_, bytes) => {
    await using fixture = await startStore();
    expect(await rejectionOf(fixture.upload(breaking(bytesOf(bytes), broken)))).toBe(broken);
    expectNothing(fixture);
    expect(fixture.s3.requested({ operation: 'CompleteMultipartUpload' })).toEqual([]);
  });

  it('does not wait for parts that the store does not answer', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'UploadPart', fault: { kind: 'hang', after: 'body' }, times: Infinity });
    const source = async function* () {
      yield* piecesOf(bytesOf(2 * PART + MiB));
      await fixture.s3.seen({ operation: 'UploadPart' }, 2);
      throw broken;
    };
    expect(await rejectionOf(fixture.upload(source()))).toBe(broken);
    expectNothing(fixture);
  });

  it('throws the same error when the abort fails too', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'AbortMultipartUpload', fault: { kind: 'error', code: 'AccessDenied' } });
    const source = async function* () {
      yield* piecesOf(bytesOf(2 * PART));
      await fixture.s3.seen({ operation: 'UploadPart' });
      throw broken;
    };
    expect(await rejectionOf(fixture.upload(source()))).toBe(broken);
    expect(fixture.s3.keys()).toEqual([]);
    // The next run finds it.
    expect(await fixture.store.listUploads('shop', calm())).toMatchObject([{ backupId: ARCHIVE.backupId }]);
  });

  it('without a byte is an error, not an empty object', async () => {
    await using fixture = await startStore();
    expect(await failureOf(fixture.upload(piecesOf(Buffer.alloc(0))))).toMatchObject({
      code: 'archive.empty',
    });
    expectNothing(fixture);
  });

  it('may throw what is no error at all', async () => {
    await using fixture = await startStore();
    expect(await rejectionOf(fixture.upload(breaking(bytesOf(MiB), 'a text')))).toBe('a text');
    expectNothing(fixture);
  });
});

describe('an upload whose store fails', () => {
  it('refuses a part while the source stands still: it ends at once', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({
      operation: 'UploadPart',
      partNumber: 1,
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    const error = await failureOf(fixture.upload(standingStill(bytesOf(PART + MiB))));
    expect(error).toMatchObject({ code: 's3.forbidden', details: { status: 403 } });
    expectNothing(fixture);
  });

  it('refuses to begin while the source stands still: it ends at once', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({
      operation: 'CreateMultipartUpload',
      fault: { kind: 'error', code: 'NoSuchBucket' },
    });
    const error = await failureOf(fixture.upload(standingStill(bytesOf(PART + MiB))));
    expect(error.code).toBe('s3.no_such_bucket');
    expectNothing(fixture);
  });

  it('lets go of the source', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'UploadPart', fault: { kind: 'error', code: 'AccessDenied' } });
    const { promise: released, resolve } = Promise.withResolvers<void>();
    const source = async function* () {
      try {
        for (;;) yield bytesOf(MiB);
      } finally {
        resolve();
      }
    };
    await failureOf(fixture.upload(source()));
    await released;
    expectNothing(fixture);
  });

  it('names the operation, the key, the status and the request id', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({
      operation: 'UploadPart',
      partNumber: 2,
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    const error = await failureOf(fixture.upload(piecesOf(bytesOf(3 * PART))));
    const refused = fixture.s3.requested({ operation: 'UploadPart', partNumber: 2 })[0];
    expect(error.message).toContain('UploadPart 2 of archives/shop/2026-01-01T03-00-00Z_');
    expect(error.details).toMatchObject({ status: 403, requestId: refused?.requestId });
    expect(error.hint).toContain('s3:PutObject');
    expectNothing(fixture);
  });

  it('reaches its quota in mid-copy: nothing of it stays', async () => {
    await using fixture = await startStore({ concurrency: 1 }, { quirks: { quota: 12 * MiB } });
    const error = await failureOf(fixture.upload(piecesOf(bytesOf(4 * PART))));
    expect(error).toMatchObject({ code: 's3.full', hint: expect.stringContaining('quota') });
    expectNothing(fixture);
  });

  it('is asked to slow down, and does', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'UploadPart', partNumber: 2, fault: { kind: 'error', code: 'SlowDown' } });
    const bytes = bytesOf(2 * PART + MiB);
    await fixture.upload(piecesOf(bytes));
    expect(fixture.s3.requested({ operation: 'UploadPart', partNumber: 2 }).length).toBeGreaterThan(1);
    await expectBytes(fixture, bytes);
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it.each([
    ['an internal error', { kind: 'error', code: 'InternalError' }],
    ['a reset in the middle of the part', { kind: 'reset', afterBytes: 1000 }],
    ['a lost response', { kind: 'lose-answer' }],
    ['bytes damaged on their way', { kind: 'error', code: 'BadDigest' }],
  ] as const)('%s on one part is healed', async (_, fault) => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'UploadPart', partNumber: 1, fault });
    const bytes = bytesOf(PART + MiB);
    const receipt = await fixture.upload(piecesOf(bytes));
    expect(receipt).toMatchObject({ size: bytes.length, parts: 2, partSize: PART });
    await expectBytes(fixture, bytes);
  });

  it('says that the bytes are damaged: no object', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({
      operation: 'UploadPart',
      fault: { kind: 'error', code: 'BadDigest', status: 400 },
      times: Number.POSITIVE_INFINITY,
    });
    const error = await failureOf(fixture.upload(piecesOf(bytesOf(2 * PART))));
    expect(error.code).toBe('s3.bad_digest');
    expectNothing(fixture);
  });
});

describe('an upload that is aborted', () => {
  const reason = new ArchiverError('shutdown.signal', 'stopped by SIGTERM');
  const request = (body: AsyncIterable<Buffer>) => ({
    archive: ARCHIVE,
    size: null,
    mustBeNew: true,
    metadata: {},
    body,
  });

  it('before it begins asks the store nothing, and settles', async () => {
    await using fixture = await startStore();
    const upload = fixture.store.upload(request(standingStill(bytesOf(PART))), AbortSignal.abort(reason));
    expect(await rejectionOf(upload)).toBe(reason);
    expect(fixture.s3.requests).toEqual([]);
  });

  it('while the source stands still and parts are on their way ends with the reason, and leaves nothing', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'UploadPart', fault: { kind: 'hang', after: 'body' }, times: Infinity });
    const stop = new AbortController();
    const upload = fixture.store.upload(request(standingStill(bytesOf(2 * PART))), stop.signal);
    const rejection = rejectionOf(upload);
    await fixture.s3.seen({ operation: 'UploadPart' });
    stop.abort(reason);
    expect(await rejection).toBe(reason);
    expectNothing(fixture);
  });

  it('while Complete is on its way ends with the reason', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'CompleteMultipartUpload', fault: { kind: 'hang' } });
    const stop = new AbortController();
    const rejection = rejectionOf(fixture.store.upload(request(piecesOf(bytesOf(2 * PART))), stop.signal));
    await fixture.s3.seen({ operation: 'CompleteMultipartUpload' });
    stop.abort(reason);
    expect(await rejection).toBe(reason);
    expectNothing(fixture);
  });

  it('together with another on the same signal: both hear of it', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'UploadPart', fault: { kind: 'hang', after: 'body' }, times: Infinity });
    const stop = new AbortController();
    const uploads = ['aaaa', 'bbbb'].map((backupId) =>
      rejectionOf(
        fixture.store.upload(
          { ...request(standingStill(bytesOf(PART + MiB))), archive: { ...ARCHIVE, backupId } },
          stop.signal,
        ),
      ),
    );
    await fixture.s3.seen({ operation: 'UploadPart' }, 2);
    stop.abort(reason);
    expect(await Promise.all(uploads)).toEqual([reason, reason]);
    expectNothing(fixture);
  });

  it('leaves no listener on the signal behind when it went well', async () => {
    await using fixture = await startStore();
    const signal = calm();
    await fixture.store.upload(request(piecesOf(bytesOf(PART + MiB))), signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
