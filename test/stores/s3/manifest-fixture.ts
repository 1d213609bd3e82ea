import type { Manifest } from '../../../src/model/manifest.ts';
import { ARCHIVE, KEY } from './store-fixture.ts';

/** A sound manifest of `ARCHIVE`. */
export function aManifest(more: Partial<Manifest> = {}): Manifest {
  return {
    version: 1,
    database: ARCHIVE.database,
    addonId: 'ad-11111111-2222-3333-4444-555555555555',
    databaseId: '597601234ffb097af4f3099b',
    app: 'shop',
    backupId: ARCHIVE.backupId,
    backupName: '20260101030000_shop-3938',
    method: 'manual',
    createdAt: ARCHIVE.createdAt.toISOString(),
    archivedAt: '2026-01-01T04:00:00.000Z',
    key: KEY,
    size: 100,
    checksum: { algorithm: 'CRC32', value: 'AAAAAA==', kind: 'full-object' },
    proof: 'store-full-object',
    parts: 1,
    partSize: 8 * 2 ** 20,
    etag: 'e',
    versionId: null,
    engine: 'postgresql',
    engineVersion: '16.4.0-1',
    archiver: '0.1.0',
    ...more,
  };
}
