import { expect, it } from 'vitest';
import {
  type ArchiveFacts,
  archivedAs,
  archiveMarks,
  foreignArchives,
  isMarkedAs,
  sourceIdOf,
  toManifest,
} from '../../src/model/provenance.ts';

const FACTS: ArchiveFacts = {
  version: 1,
  database: 'orders',
  sourceId: 'ad-1',
  databaseId: '5b8b36104ffb090be1ac3ce1',
  app: 'shop',
  backupId: 'b1',
  backupName: '20180902010000_shop',
  method: 'periodic',
  createdAt: '2018-09-02T01:00:00.000Z',
  archivedAt: '2018-09-02T02:00:00.000Z',
  key: 'orders/2018-09-02T01-00-00Z_b1.tar.gz',
  size: 1000,
  checksum: { algorithm: 'CRC32', value: 'y/Q5Jg==', kind: 'full-object' },
  proof: 'store-full-object',
  parts: 1,
  partSize: 1000,
  fingerprint: 'cbf43926',
  versionId: null,
  engine: 'postgresql',
  engineVersion: '16.4',
  archiver: '0.1.0',
};

it('a manifest names the database and the bytes as the first source and store did, in its order', () => {
  const { sourceId, fingerprint, ...same } = FACTS;
  const manifest = toManifest(FACTS);
  expect(manifest).toEqual({ ...same, addonId: sourceId, etag: fingerprint });
  expect(Object.keys(manifest).slice(0, 3)).toEqual(['version', 'database', 'addonId']);
  expect(Object.keys(manifest).slice(-6)).toEqual([
    'partSize',
    'etag',
    'versionId',
    'engine',
    'engineVersion',
    'archiver',
  ]);
  expect(sourceIdOf(manifest)).toBe('ad-1');
  expect(archivedAs(manifest)).toEqual({ archivedAddonId: 'ad-1', archivedBackupId: 'b1' });
});

it('stored bytes are known by the marks of their backup and their database, both of them', () => {
  const marks = archiveMarks('b1', 'ad-1', '0.1.0');
  expect(marks).toEqual({ 'backup-id': 'b1', 'addon-id': 'ad-1', archiver: '0.1.0' });
  expect(isMarkedAs(marks, 'b1', 'ad-1')).toBe(true);
  expect(isMarkedAs(marks, 'b2', 'ad-1')).toBe(false);
  expect(isMarkedAs(marks, 'b1', 'ad-2')).toBe(false);
  expect(isMarkedAs({}, 'b1', 'ad-1')).toBe(false);
  expect(isMarkedAs(undefined, 'b1', 'ad-1')).toBe(false);
});

it('archives of another database are refused with both ids, the key and what to do', () => {
  expect(foreignArchives({ name: 'orders', sourceId: 'ad-1' }, 'a key', 'ad-2', 'Do this.')).toMatchObject({
    code: 'archive.foreign_addon',
    message: 'the archives named orders are of ad-2, the configuration says ad-1',
    hint: 'Do this.',
    details: { key: 'a key', archivedAddonId: 'ad-2', addonId: 'ad-1' },
  });
});
