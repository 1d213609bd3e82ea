import { expect, it } from 'vitest';
import { compareChecksum } from '../../src/integrity/compare-checksum.ts';
import type { StoredChecksum, UploadReceipt } from '../../src/integrity/stored-object.ts';
import type { ArchiveChecksum } from '../../src/model/manifest.ts';

const FULL: ArchiveChecksum = { algorithm: 'CRC32', value: 'WXCheA==', kind: 'full-object' };
const COMPOSITE: ArchiveChecksum = { algorithm: 'CRC32', value: 'JdGo3A==-12', kind: 'composite' };
const SENT: UploadReceipt = {
  size: 12_000,
  parts: 12,
  partSize: 1000,
  algorithm: 'CRC32',
  checksum: FULL,
  compositeChecksum: COMPOSITE,
  crc32: null,
  partsCheckedBy: 'none',
  expectedFingerprint: null,
};

it.each<[string, StoredChecksum | null, Partial<UploadReceipt>, object]>([
  ['none', null, {}, { says: 'nothing' }],
  ['that of the whole', FULL, {}, { says: 'full-object' }],
  ['that of the parts', COMPOSITE, {}, { says: 'composite' }],
  ['another of the whole', { ...FULL, value: 'AAAAAA==' }, {}, { says: 'other bytes', expected: FULL }],
  [
    'another of the parts',
    { ...COMPOSITE, value: 'AAAAAA==-12' },
    {},
    { says: 'other bytes', expected: COMPOSITE },
  ],
  [
    'of parts, without their number',
    { ...COMPOSITE, value: 'JdGo3A==' },
    {},
    { says: 'other bytes', expected: COMPOSITE },
  ],
  ['of no kind: the whole', { ...FULL, kind: null }, {}, { says: 'full-object' }],
  ['of no kind: the parts', { ...COMPOSITE, kind: null }, {}, { says: 'composite' }],
  [
    'of no kind: the parts, without their number',
    { ...FULL, value: 'JdGo3A==', kind: null },
    {},
    { says: 'composite' },
  ],
  [
    'of no kind: others',
    { ...FULL, value: 'AAAAAA==', kind: null },
    {},
    { says: 'other bytes', expected: FULL },
  ],
  ['of another algorithm', { ...FULL, algorithm: 'SHA256' }, {}, { says: 'nothing' }],
  [
    'of another algorithm and of no kind',
    { ...FULL, algorithm: 'SHA256', kind: null },
    {},
    { says: 'nothing' },
  ],
  ['of a kind that is not known', FULL, { checksum: null }, { says: 'nothing' }],
  [
    'of no kind, where none is known',
    { ...FULL, kind: null },
    { checksum: null, compositeChecksum: null },
    { says: 'nothing' },
  ],
])('the store shows a checksum: %s', (_, stored, change, verdict) => {
  expect(compareChecksum(stored, { ...SENT, ...change })).toEqual(verdict);
});
