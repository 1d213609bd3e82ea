import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveSource, archiveBytes, archiveDigest } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { type ChecksumAlgorithm, compositeChecksum, startDigest } from '../../sandbox/s3/checksum.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { downloadsOf } from '../e2e/transfer-suite.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { AwsCli } from './aws-cli.ts';
import { type RealServer, startSeaweedFS, startVersityGW } from './servers.ts';

const MiB = 2 ** 20;
const PART = 5 * MiB;
const ENV = { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: '4' };
const ALGORITHMS = { crc32: 'CRC32', crc64nvme: 'CRC64NVME', sha256: 'SHA256' } as const;
type Named = keyof typeof ALGORITHMS;
const NAMED = Object.keys(ALGORITHMS) as Named[];

const WAYS: readonly [string, number, DownloadBehaviour][] = [
  ['in parallel', 3 * PART + 99, {}],
  ['as a stream', 3 * PART + 99, { range: 'ignore' }],
  ['as a stream of one part', PART - 7, { range: 'ignore' }],
  // Only an archive whose length nothing states.
  ['in one PutObject', PART - 7, { range: 'ignore', framing: 'chunked' }],
];

function envOf(way: string): Record<string, string> {
  return { ...ENV, ...(way === 'in one PutObject' ? { TRANSFER_VERIFY_SIZE: 'false' } : {}) };
}

interface ServerCase {
  readonly start: (options: { dir: string }) => Promise<RealServer>;
  /** Whether ListParts shows what the parts' checksums are: without, they cannot be gone on with as they are. */
  readonly listsPartChecksums: boolean;
  /** Whether HEAD says of which kind the checksum of a PutObject is. */
  readonly showsTypeOfPut: boolean;
}

/** What must be kept of an archive, by an implementation that is none of the program's. */
async function expectedChecksum(
  named: Named,
  archive: ArchiveSource,
  way: string,
): Promise<Manifest['checksum']> {
  const algorithm = ALGORITHMS[named];
  const bytes = await archiveBytes(archive);
  if (named !== 'sha256' || way === 'in one PutObject') {
    return { algorithm, value: digestOf(algorithm, bytes), kind: 'full-object' };
  }
  const parts = Array.from({ length: Math.ceil(bytes.length / PART) }, (_, index) => {
    const part = bytes.subarray(index * PART, (index + 1) * PART);
    return { size: part.length, checksum: digestOf(algorithm, part) };
  });
  return { algorithm, value: compositeChecksum(algorithm, parts), kind: 'composite' };
}

function digestOf(algorithm: ChecksumAlgorithm, bytes: Buffer): string {
  const digest = startDigest(algorithm);
  digest.update(bytes);
  return digest.digest().toString('base64');
}

describe.each<[string, ServerCase]>([
  ['SeaweedFS', { start: startSeaweedFS, listsPartChecksums: false, showsTypeOfPut: false }],
  ['versitygw', { start: startVersityGW, listsPartChecksums: true, showsTypeOfPut: true }],
])('on %s', (serverName, { start, listsPartChecksums, showsTypeOfPut }) => {
  let folder: string;
  let server: RealServer;
  let bucket: BucketView;
  let aws: AwsCli;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kinds-'));
    server = await start({ dir: folder });
    bucket = new BucketView(server);
    aws = new AwsCli(server);
  });
  afterAll(async () => {
    bucket?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** What Amazon's own tool reads: size, ETag, that checksum and no other, and the archive's bytes. */
  async function expectSeenByAws(
    { key, etag, checksum }: Manifest,
    archive: ArchiveSource,
    way: string,
  ): Promise<void> {
    const head: Readonly<Record<string, unknown>> = { ...(await aws.head(key)) };
    expect(head).toMatchObject({ ContentLength: archive.size, ETag: `"${etag}"` });
    const shown = Object.entries(head).filter(([name]) => /^Checksum(?!Type)/.test(name));
    expect(shown).toEqual([[`Checksum${checksum.algorithm}`, checksum.value]]);
    const type = checksum.kind === 'composite' ? 'COMPOSITE' : 'FULL_OBJECT';
    expect(head.ChecksumType).toBe(way !== 'in one PutObject' || showsTypeOfPut ? type : undefined);
    const fetched = await aws.fetch(key);
    expect(fetched).toEqual({ size: archive.size, sha256: await archiveDigest(archive) });
  }

  describe.each(WAYS)('an archive that goes %s', (way, size, download) => {
    it.each(NAMED)('has the %s that was asked for, as aws reads it', async (named) => {
      await using world = await World.start(bucket);
      const archive = syntheticArchive({ size, seed: `kinds ${named}` });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.download = download;
      const finished = await world.archive(database, { ...envOf(way), S3_CHECKSUM: named });
      expect(finished.code, finished.stdout).toBe(0);
      const manifest = await world.expectOnlyArchive(archive);
      const checksum = await expectedChecksum(named, archive, way);
      expect(manifest.checksum).toEqual(checksum);
      expect(manifest.proof).toBe(checksum.kind === 'composite' ? 'store-composite' : 'store-full-object');
      await expectSeenByAws(manifest, archive, way);
      const begun = finished.events.find(({ event }) => event === 'archive.started');
      expect(begun).toMatchObject({ store: serverName === 'SeaweedFS' ? 'seaweedfs' : 'unknown' });

      // Once a kind: its manifest lost, it is proved by reading it, and has the same one again.
      if (way !== 'in parallel') return;
      const lost = manifest.key.replace('.tar.gz', '.manifest.json');
      await bucket.client.send(new DeleteObjectCommand({ Bucket: server.bucket, Key: lost }));
      const before = world.scalingo.count('download', database);
      const again = await world.archive(database, { ...ENV, S3_CHECKSUM: named });
      expect(again.code, again.stdout).toBe(0);
      expect(world.scalingo.count('download', database)).toBe(before);
      const { proof, parts, partSize } = manifest;
      expect(await world.expectOnlyArchive(archive)).toMatchObject({ checksum, proof, parts, partSize });
    });

    it('without checksums is proved by the MD5s of its parts', async () => {
      await using world = await World.start(bucket);
      const archive = syntheticArchive({ size, seed: 'no checksums' });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.download = download;
      const finished = await world.archive(database, { ...envOf(way), S3_CHECKSUM: 'none' });
      expect(finished.code, finished.stdout).toBe(0);
      const manifest = await world.expectOnlyArchive(archive);
      expect(manifest.proof).toBe('part-md5');
      expect(manifest.checksum).toEqual(await expectedChecksum('crc32', archive, way));
      expect(await aws.head(manifest.key)).toMatchObject({
        ContentLength: archive.size,
        ETag: `"${manifest.etag}"`,
      });
    });
  });

  it.each(NAMED)('a copy with %s that was killed is brought to its end', async (named) => {
    await using world = await World.start(bucket);
    const archive = syntheticArchive({ size: 14 * PART + 77, seed: `killed ${named}` });
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    database.download = { bytesPerSecond: 8 * MiB };
    const env = world.environment(database, { ...ENV, S3_CHECKSUM: named });
    {
      await using process = world.spawn(['run'], env);
      // Four at a time: when the eighth begins, four are done.
      await downloadsOf(world, database, 8);
      process.kill('SIGKILL');
      expect((await process.finished()).code).toBeNull();
    }
    expect(await world.manifests()).toEqual([]);
    database.download = {};
    const second = await world.run(['run'], env);
    expect(second.code, second.stdout).toBe(0);
    const manifest = await world.expectOnlyArchive(archive);
    const checksum = await expectedChecksum(named, archive, 'in parallel');
    expect(manifest.checksum).toEqual(checksum);
    expect(database.backups).toHaveLength(1);
    const resumed = second.events.filter(({ event }) => event === 'archive.resumed');
    // Complete must state every part's SHA-256: where they are not listed, the copy begins anew.
    expect(resumed).toHaveLength(listsPartChecksums || named !== 'sha256' ? 1 : 0);
    const byStore = checksum.kind === 'composite' ? 'store-composite' : 'store-full-object';
    expect(manifest.proof).toBe(listsPartChecksums || named === 'sha256' ? byStore : 'read-back');
    await expectSeenByAws(manifest, archive, 'in parallel');
  });
});
