import { describe, expect, it } from 'vitest';
import { proveStored } from '../../src/integrity/proof.ts';
import type { StoredObject, UploadReceipt } from '../../src/integrity/stored-object.ts';
import { IntegrityError } from '../../src/model/errors.ts';
import type { ArchiveChecksum } from '../../src/model/manifest.ts';

const KEY = 'shop-db/2018-09-02T01-00-00Z_5b8b.tar.gz';
const FULL: ArchiveChecksum = { algorithm: 'CRC32', value: 'WXCheA==', kind: 'full-object' };
const COMPOSITE: ArchiveChecksum = { algorithm: 'CRC32', value: 'JdGo3A==-3', kind: 'composite' };
const ETAG = '0123456789abcdef0123456789abcdef-3';

const SHA256: ArchiveChecksum = {
  algorithm: 'SHA256',
  value: '/zCCVlWLLLT3FXV336IuS4Eb1bfd1DT3+xt/EQXbYp8=-3',
  kind: 'composite',
};
const CRC64NVME: ArchiveChecksum = { algorithm: 'CRC64NVME', value: 'b6IRhf5jPw4=', kind: 'full-object' };
const SENT_SHA256 = { algorithm: 'SHA256', checksum: SHA256, compositeChecksum: SHA256 } as const;
const SENT_CRC64NVME = { algorithm: 'CRC64NVME', checksum: CRC64NVME, compositeChecksum: null } as const;

const SENT: UploadReceipt = {
  size: 10_485_784,
  parts: 3,
  partSize: 5_242_880,
  algorithm: 'CRC32',
  checksum: FULL,
  compositeChecksum: COMPOSITE,
  crc32: null,
  partsCheckedBy: 'md5',
  expectedFingerprint: ETAG,
};
const STORED: StoredObject = {
  size: SENT.size,
  fingerprint: ETAG,
  parts: 3,
  versionId: null,
  lockedUntil: null,
  checksum: null,
  metadata: {},
};

describe('the proof that the store holds what was sent', () => {
  const other = {
    algorithm: 'SHA256',
    value: 'n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=',
    kind: 'full-object',
  } as const;
  it.each<[string, Partial<StoredObject>, Partial<UploadReceipt>, string | undefined]>([
    ['its checksum of the whole', { checksum: FULL }, {}, 'store-full-object'],
    ['its checksum of the parts', { checksum: COMPOSITE }, {}, 'store-composite'],
    [
      'a checksum, however little the ETag says',
      { checksum: FULL, fingerprint: 'kms' },
      { expectedFingerprint: null },
      'store-full-object',
    ],
    ['the MD5s of the parts', {}, {}, 'part-md5'],
    ['no checksum and no MD5s', {}, { partsCheckedBy: 'none' }, undefined],
    [
      'no checksum, and checked parts that the ETag is made of',
      {},
      { partsCheckedBy: 'checksum' },
      'part-crc32',
    ],
    [
      'no checksum, and an ETag of its own making',
      { fingerprint: 'of its own' },
      { partsCheckedBy: 'checksum' },
      undefined,
    ],
    ['an ETag that is no MD5', { fingerprint: 'kms' }, { expectedFingerprint: null }, undefined],
    ['its SHA-256 of the parts', { checksum: SHA256 }, SENT_SHA256, 'store-composite'],
    ['its CRC64NVME of the whole', { checksum: CRC64NVME }, SENT_CRC64NVME, 'store-full-object'],
    [
      'parts checked by SHA-256 that the ETag is made of',
      {},
      { ...SENT_SHA256, partsCheckedBy: 'checksum' },
      'part-sha256',
    ],
    [
      'parts checked by CRC64NVME that the ETag is made of',
      {},
      { ...SENT_CRC64NVME, partsCheckedBy: 'checksum' },
      'part-crc64nvme',
    ],
    [
      'a SHA-256 of the whole, of which nothing is known',
      { checksum: { ...SHA256, kind: 'full-object' } },
      SENT_SHA256,
      'part-md5',
    ],
    [
      'a checksum of unstated kind, which is the whole',
      { checksum: { ...FULL, kind: null } },
      {},
      'store-full-object',
    ],
    [
      'a checksum of unstated kind, which is of the parts',
      { checksum: { ...COMPOSITE, kind: null } },
      {},
      'store-composite',
    ],
    [
      'a checksum of the parts without their number, as Garage shows it',
      { checksum: { algorithm: 'CRC32', value: 'JdGo3A==', kind: null } },
      {},
      'store-composite',
    ],
    ['no ETag', { fingerprint: null }, {}, undefined],
    ['an ETag of another number of parts', { fingerprint: ETAG.replace('-3', '-4') }, {}, undefined],
    ['the MD5 of the whole', { fingerprint: ETAG.replace('-3', '') }, {}, undefined],
    ['an ETag in capitals', { fingerprint: ETAG.toUpperCase() }, {}, undefined],
    ['a weak ETag', { fingerprint: `W/"${ETAG}"` }, {}, undefined],
    ['an ETag that is longer', { fingerprint: `00${ETAG}` }, {}, undefined],
    ['a checksum of a kind that was not computed, and MD5s', { checksum: other }, {}, 'part-md5'],
    [
      'a checksum of a kind that was not computed alone',
      { checksum: other },
      { partsCheckedBy: 'none' },
      undefined,
    ],
  ])('where it shows %s', (_, stored, sent, proof) => {
    expect(proveStored(KEY, { ...STORED, ...stored }, { ...SENT, ...sent })).toBe(proof);
  });

  it.each<[string, Partial<StoredObject>, string]>([
    ['fewer bytes', { size: SENT.size - 1, checksum: FULL }, 'archive.size_mismatch'],
    ['more bytes', { size: SENT.size + 1, checksum: FULL }, 'archive.size_mismatch'],
    ['no bytes', { size: 0 }, 'archive.size_mismatch'],
    [
      'another checksum of the whole',
      { checksum: { ...FULL, value: 'AAAAAA==' } },
      'archive.checksum_mismatch',
    ],
    [
      'another checksum of the parts',
      { checksum: { ...COMPOSITE, value: 'AAAAAA==-3' } },
      'archive.checksum_mismatch',
    ],
    [
      'another number of parts',
      { checksum: { ...COMPOSITE, value: 'JdGo3A==-4' } },
      'archive.checksum_mismatch',
    ],
    [
      'the composite value as the whole’s',
      { checksum: { ...FULL, value: COMPOSITE.value } },
      'archive.checksum_mismatch',
    ],
    ['another ETag', { fingerprint: ETAG.replace('0', 'f') }, 'archive.checksum_mismatch'],
  ])('is refused where it holds %s', (_, stored, code) => {
    const error = thrownBy(() => proveStored(KEY, { ...STORED, ...stored }, SENT));
    expect(error.code).toBe(code);
    expect(error.message).toContain(KEY);
    expect(error.details).toMatchObject({ key: KEY });
  });

  it('is refused where another MD5 is there than that of the whole that was sent', () => {
    const [md5 = '', other = ''] = [ETAG, ETAG.replace('0', 'f')].map((etag) => etag.replace('-3', ''));
    const stored = { ...STORED, fingerprint: other };
    const error = thrownBy(() => proveStored(KEY, stored, { ...SENT, parts: 1, expectedFingerprint: md5 }));
    expect(error.code).toBe('archive.checksum_mismatch');
  });

  it('names both sides when it is refused', () => {
    const size = thrownBy(() => proveStored(KEY, { ...STORED, size: 5 }, SENT));
    expect(size.details).toEqual({ key: KEY, expectedBytes: SENT.size, bytes: 5 });
    const checksum = thrownBy(() => proveStored(KEY, { ...STORED, checksum: { ...FULL, value: 'x' } }, SENT));
    expect(checksum.details).toEqual({ key: KEY, expected: FULL.value, actual: 'x' });
    expect(checksum.hint).toContain('No manifest was written');
  });

  it('a checksum that disagrees is not outvoted by an ETag that agrees', () => {
    const stored = { ...STORED, checksum: { ...FULL, value: 'AAAAAA==' }, fingerprint: ETAG };
    expect(thrownBy(() => proveStored(KEY, stored, SENT)).code).toBe('archive.checksum_mismatch');
  });
});

function thrownBy(action: () => unknown): IntegrityError {
  try {
    action();
  } catch (error) {
    if (error instanceof IntegrityError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a fingerprint that is not the expected one', () => {
  const MD5 = 'f123456789abcdef0123456789abcdef';
  const prove =
    (fingerprint: string, change: Partial<UploadReceipt> = {}) =>
    () =>
      proveStored(KEY, { ...STORED, fingerprint }, { ...SENT, ...change });

  it.each([
    ['so many parts', `${MD5}-12`, `${MD5.replace('f', '0')}-12`],
    ['the whole', MD5, MD5.replace('f', '0')],
  ])('is of other bytes where both are MD5s of %s, and the parts were checked by theirs', (_, one, other) => {
    expect(prove(one, { expectedFingerprint: other })).toThrow(
      expect.objectContaining({
        code: 'archive.checksum_mismatch',
        message: `${KEY}: the store's ETag is ${one}, what was sent has ${other}`,
        hint: expect.stringContaining('No manifest was written'),
        details: { key: KEY, expected: other, actual: one },
      }),
    );
  });

  it.each<[string, string, Partial<UploadReceipt>]>([
    ['the parts were checked by their checksums', `${MD5}-3`, { partsCheckedBy: 'checksum' }],
    ['more follows the number of parts', `${MD5}-3x`, {}],
    ['the expected one is no MD5', `${MD5}-3`, { expectedFingerprint: 'of its own' }],
    ['none is expected', `${MD5}-3`, { expectedFingerprint: null }],
  ])('says nothing where %s', (_, fingerprint, change) => {
    expect(prove(fingerprint, change)()).toBeUndefined();
  });
});
