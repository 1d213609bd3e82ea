import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { SimulatedS3 } from '../../sandbox/s3/simulated-s3.ts';
import { startDigest } from '../../src/integrity/checksum.ts';
import { archiveKey, manifestKey } from '../../src/model/archive-key.ts';
import { serializeManifest } from '../../src/model/manifest.ts';

// A bucket with one archive of the database `shop`, as a process of its own, so that its CPU time is not the reader's:
// `node bench/servers/archive-store-process.ts BYTES`. No byte of the archive is stored: each is made as it is read.
// Prints its endpoint and the archive's key.

// Whoever started it holds the other end: a bench that is killed leaves no server behind.
process.stdin.resume().once('end', () => process.exit());

const size = Number(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), 'bench-store-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit());

const archive = syntheticArchive({ size });
const digest = startDigest('CRC32');
for await (const piece of archive.read()) digest.update(piece as Buffer);

const s3 = await SimulatedS3.start({ folder, buckets: ['archives'] });
const identity = {
  database: 'shop',
  backupId: '5b8b36104ffb090d5a2b1004',
  createdAt: new Date('2026-03-01T03:00:00Z'),
};
const key = archiveKey('', identity);
s3.put(key, archive);
s3.put(
  manifestKey('', identity),
  serializeManifest({
    version: 1,
    database: identity.database,
    addonId: 'ad-shop',
    databaseId: '597601234ffb097af4f3099b',
    app: 'shop',
    backupId: identity.backupId,
    backupName: '20260301030000_shop-3938',
    method: 'periodic',
    createdAt: identity.createdAt.toISOString(),
    archivedAt: '2026-03-01T03:05:00.000Z',
    key,
    size,
    checksum: { algorithm: 'CRC32', value: digest.value(), kind: 'full-object' },
    proof: 'store-full-object',
    parts: 1,
    partSize: size,
    etag: null,
    versionId: null,
    engine: 'postgresql',
    engineVersion: '16.4.0-1',
    archiver: '0.0.0',
  }),
);
process.stdout.write(`${s3.endpoint} ${key}\n`);
