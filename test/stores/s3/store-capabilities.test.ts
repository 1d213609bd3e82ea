import { describe, expect, it } from 'vitest';
import type { StoreQuirks } from '../../../sandbox/s3/options.ts';
import { proveStored } from '../../../src/integrity/proof.ts';
import type { NamedChecksum } from '../../../src/stores/s3/capabilities/store-profile.ts';
import {
  ARCHIVE,
  bytesOf,
  calm,
  expectBytes,
  failureOf,
  KEY,
  MiB,
  PART,
  piecesOf,
  type StoreFixture,
  startStore,
} from './store-fixture.ts';

const bytes = bytesOf(2 * PART + MiB);

async function proofOf(fixture: StoreFixture) {
  await fixture.store.probe('shop', calm());
  const receipt = await fixture.upload(piecesOf(bytes));
  const stored = await fixture.store.head(ARCHIVE, calm());
  if (stored === undefined) throw new Error('there is no object');
  await expectBytes(fixture, bytes);
  return proveStored(KEY, stored, receipt);
}

describe('what the store can do decides the proof', () => {
  it.each([
    ['that keeps checksums', {}, {}, 'store-full-object'],
    ['that ignores checksums', { checksums: 'ignored' }, {}, 'part-md5'],
    ['that refuses checksums', { checksums: 'refused' }, {}, 'part-md5'],
    ['that refuses checksums and encrypts by KMS', { checksums: 'refused' }, { sse: 'aws:kms' }, undefined],
    ['that keeps checksums and encrypts by KMS', {}, { sse: 'aws:kms' }, 'store-full-object'],
    ['whose ETags are no MD5s', { checksums: 'ignored', etags: 'opaque' }, { sse: 'aws:kms' }, undefined],
    ['to which none are to be sent', {}, { checksum: 'none' }, 'part-md5'],
    ['that is asked for SHA-256', {}, { checksum: 'sha256' }, 'store-composite'],
    ['that is asked for CRC64NVME', {}, { checksum: 'crc64nvme' }, 'store-full-object'],
  ] as const)('a store %s', async (_, quirks, options, proof) => {
    await using fixture = await startStore(options, { quirks });
    expect(await proofOf(fixture)).toBe(proof);
  });

  it('opaque ETags that were not announced are no silent success', async () => {
    await using fixture = await startStore({}, { quirks: { checksums: 'ignored', etags: 'opaque' } });
    expect(await proofOf(fixture).catch((error: { code?: string }) => error.code)).toBeOneOf([
      undefined,
      's3.bad_digest',
    ]);
  });
});

describe('the probe', () => {
  it.each([{}, { checksums: 'ignored' }, { checksums: 'refused' }] as const)(
    'leaves nothing behind (%o)',
    async (quirks) => {
      await using fixture = await startStore({}, { quirks });
      await fixture.store.probe('shop', calm());
      expect(fixture.s3.keys()).toEqual([]);
      expect(fixture.s3.uploads()).toEqual([]);
      expect(fixture.s3.requested({ operation: 'PutObject' })).toEqual([]);
    },
  );

  it('of a store that refuses checksums sends none afterwards', async () => {
    await using fixture = await startStore({}, { quirks: { checksums: 'refused' } });
    await fixture.store.probe('shop', calm());
    const before = fixture.s3.requests.length;
    await fixture.upload(piecesOf(bytes));
    const sent = fixture.s3.requests.slice(before);
    expect(sent.filter(({ status, operation }) => status !== 200 && operation !== 'HeadObject')).toEqual([]);
    // A HEAD asks for a checksum and sends none.
    const names = sent.flatMap(({ headers }) => Object.keys(headers)).filter((name) => /checksum/.test(name));
    expect(names.filter((name) => name !== 'x-amz-checksum-mode')).toEqual([]);
  });

  it.each<[string, Partial<StoreQuirks>, NamedChecksum, string]>([
    ['refuses checksums', { checksums: 'refused' }, 'crc32', 'auto, none'],
    ['ignores checksums', { checksums: 'ignored' }, 'sha256', 'auto, none'],
    ['knows CRC32 alone', { checksumAlgorithms: ['CRC32'] }, 'sha256', 'crc32, auto, none'],
    [
      'knows CRC32 and SHA-256',
      { checksumAlgorithms: ['CRC32', 'SHA256'] },
      'crc64nvme',
      'crc32, sha256, auto, none',
    ],
  ])(
    'of a store that %s says so where another is demanded, and what there is',
    async (_, quirks, asked, others) => {
      await using fixture = await startStore({ checksum: asked }, { quirks });
      const error = await failureOf(fixture.store.probe('shop', calm()));
      expect(error).toMatchObject({
        code: 's3.checksum_refused',
        message: expect.stringContaining(`the store takes no ${asked} checksums`),
        hint: `s3.checksum (S3_CHECKSUM) is ${asked}; here it can be ${others}. No backup was made.`,
      });
      expect(fixture.s3.uploads()).toEqual([]);
      expect(fixture.s3.keys()).toEqual([]);
    },
  );

  it('that fails for another reason does not blame the checksum', async () => {
    await using fixture = await startStore({ checksum: 'sha256', storageClass: 'NO_SUCH_CLASS' });
    const error = await failureOf(fixture.store.probe('shop', calm()));
    expect(error).toMatchObject({
      code: 's3.failed',
      message: expect.stringContaining('InvalidStorageClass'),
    });
  });

  it('of a bucket with Object Lock does not offer to do without a checksum', async () => {
    const objectLock = { mode: 'GOVERNANCE', days: 30 } as const;
    await using fixture = await startStore(
      { objectLock, checksum: 'sha256' },
      { objectLock: true, versioning: true, quirks: { checksumAlgorithms: ['CRC32'] } },
    );
    const error = await failureOf(fixture.store.probe('shop', calm()));
    expect(error).toMatchObject({ code: 's3.checksum_refused', hint: expect.not.stringContaining('none') });
  });

  it('of a bucket with Object Lock sends the checksum that a locked part needs', async () => {
    const objectLock = { mode: 'GOVERNANCE', days: 30 } as const;
    await using fixture = await startStore({ objectLock }, { objectLock: true, versioning: true });
    expect(await proofOf(fixture)).toBe('store-full-object');
    expect(fixture.s3.object(KEY)?.lock).toMatchObject({ mode: 'GOVERNANCE' });
    expect(fixture.s3.keys()).toEqual([KEY]);
  });

  it.each([
    ['CreateMultipartUpload', 'AccessDenied', 's3.forbidden'],
    ['UploadPart', 'AccessDenied', 's3.forbidden'],
    ['CreateMultipartUpload', 'NoSuchBucket', 's3.no_such_bucket'],
    ['UploadPart', 'QuotaExceeded', 's3.full'],
    ['CreateMultipartUpload', 'InvalidAccessKeyId', 's3.forbidden'],
    ['CreateMultipartUpload', 'AuthorizationHeaderMalformed', 's3.wrong_region'],
    ['CreateMultipartUpload', 'RequestTimeTooSkewed', 's3.forbidden'],
    ['CreateMultipartUpload', 'ExpiredToken', 's3.forbidden'],
  ] as const)('met by %s %s says so, with a hint, and leaves nothing', async (operation, fault, code) => {
    await using fixture = await startStore();
    fixture.s3.fail({
      operation,
      fault: { kind: 'error', code: fault },
      times: Number.POSITIVE_INFINITY,
    });
    const error = await failureOf(fixture.store.probe('shop', calm()));
    expect(error).toMatchObject({ code, hint: expect.any(String) });
    expect(error.details.requestId).toMatch(/^[0-9A-F]{16}$/);
    expect(fixture.s3.uploads()).toEqual([]);
    expect(fixture.s3.keys()).toEqual([]);
  });

  it.each([
    [503, 'SlowDown'],
    [503, 'ServiceUnavailable'],
    [504, 'GatewayTimeout'],
  ])(
    'met by %i %s at the part with a trailer asks again, and takes it for no verdict',
    async (status, code) => {
      await using fixture = await startStore();
      const fault = { kind: 'error', code, status } as const;
      fixture.s3.fail({ operation: 'UploadPart', partNumber: 2, fault, times: 4 });
      await fixture.store.probe('shop', calm());
      const upload = await fixture.store.beginUpload(
        { archive: ARCHIVE, mustBeNew: true, metadata: {} },
        calm(),
      );
      const part = await upload.sendPart(1, bytes.length, piecesOf(bytes), calm());
      expect(part.checkedBy).toBe('checksum');
      expect(fixture.s3.requested({ operation: 'UploadPart', key: KEY })[0]?.headers).toHaveProperty(
        'x-amz-trailer',
      );
    },
  );

  it('of a store that has no time for the part with a trailer fails, and leaves nothing', async () => {
    await using fixture = await startStore();
    const fault = { kind: 'error', code: 'SlowDown' } as const;
    fixture.s3.fail({ operation: 'UploadPart', partNumber: 2, fault, times: Number.POSITIVE_INFINITY });
    expect((await failureOf(fixture.store.probe('shop', calm()))).code).toBe('s3.slow_down');
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it('sends what HEAD, listing and the upload of an archive will send', async () => {
    await using fixture = await startStore();
    await fixture.store.probe('shop', calm());
    const [create] = fixture.s3.requested({ operation: 'CreateMultipartUpload' });
    expect(create?.headers).toMatchObject({
      'content-type': 'application/gzip',
      'x-amz-meta-backup-id': 'write-probe',
      'x-amz-checksum-algorithm': 'CRC32',
    });
    const [head] = fixture.s3.requested({ operation: 'HeadObject' });
    expect(head?.headers).toMatchObject({ 'x-amz-checksum-mode': 'ENABLED' });
    expect(fixture.s3.requested({ operation: 'ListMultipartUploads' })).toMatchObject([
      { query: { prefix: 'shop/' } },
    ]);
  });

  it.each(['InvalidArgument', 'NotImplemented'] as const)(
    'is not needed for a HEAD that may not ask for a checksum (%s)',
    async (refusal) => {
      await using fixture = await startStore({}, { quirks: { checksumMode: 'refused', refusal } });
      fixture.s3.put(KEY, 'stored');
      for (let time = 0; time < 2; time++) {
        expect(await fixture.store.head(ARCHIVE, calm())).toMatchObject({ size: 6 });
      }
      const asked = fixture.s3.requested({ operation: 'HeadObject' });
      expect(asked.map(({ headers }) => 'x-amz-checksum-mode' in headers)).toEqual([true, false, false]);
    },
  );

  it('says why it failed, not that its clean-up failed too', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'UploadPart', fault: { kind: 'error', code: 'QuotaExceeded' } });
    fixture.s3.fail({ operation: 'AbortMultipartUpload', fault: { kind: 'error', code: 'AccessDenied' } });
    expect((await failureOf(fixture.store.probe('shop', calm()))).code).toBe('s3.full');
  });

  it('fails where the upload cannot be aborted: every night would leave one', async () => {
    await using fixture = await startStore();
    fixture.s3.fail({ operation: 'AbortMultipartUpload', fault: { kind: 'error', code: 'AccessDenied' } });
    expect(await failureOf(fixture.store.probe('shop', calm()))).toMatchObject({
      code: 's3.forbidden',
      hint: expect.stringContaining('s3:AbortMultipartUpload'),
    });
  });
});

describe('a store that ignores conditions on writes', () => {
  it('takes an archive as any other, and tells the bytes apart', async () => {
    await using fixture = await startStore({}, { quirks: { conditionalWrites: 'ignored' } });
    expect(await proofOf(fixture)).toBe('store-full-object');
  });
});
