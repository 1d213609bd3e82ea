import type { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { type ArchiveIdentity, archiveKey, manifestKey } from '../../src/model/archive-key.ts';
import { type Manifest, serializeManifest } from '../../src/model/manifest.ts';

export interface SeededFacts {
  readonly addonId: string;
  readonly size: number;
  /** Default: a minute after the backup was created. */
  readonly archivedAt?: Date;
}

/** The text of a manifest as this program would have written it for an archive that is put there by a test. */
export function seededManifest(identity: ArchiveIdentity, facts: SeededFacts, prefix = ''): string {
  const { database, createdAt, backupId } = identity;
  const manifest: Manifest = {
    version: 1,
    database,
    addonId: facts.addonId,
    databaseId: '597601234ffb097af4f3099b',
    app: 'shop',
    backupId,
    backupName: `${createdAt.toISOString().slice(0, 19).replace(/\D/g, '')}_shop-3938`,
    method: 'periodic',
    createdAt: createdAt.toISOString(),
    archivedAt: (facts.archivedAt ?? new Date(createdAt.getTime() + 60_000)).toISOString(),
    key: archiveKey(prefix, identity),
    size: facts.size,
    checksum: { algorithm: 'CRC32', value: 'AAAAAA==', kind: 'full-object' },
    proof: 'store-full-object',
    parts: 1,
    partSize: 8 * 2 ** 20,
    etag: null,
    versionId: null,
    engine: 'postgresql',
    engineVersion: '16.4.0-1',
    archiver: '0.0.0',
  };
  return serializeManifest(manifest);
}

/** Puts an archive and its manifest there, without a request. @returns its key */
export function seedArchive(
  s3: SimulatedS3,
  prefix: string,
  identity: ArchiveIdentity,
  facts: SeededFacts,
): string {
  const lastModified = facts.archivedAt ?? identity.createdAt;
  const key = archiveKey(prefix, identity);
  s3.put(key, facts.size, { lastModified });
  s3.put(manifestKey(prefix, identity), seededManifest(identity, facts, prefix), { lastModified });
  return key;
}
