import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ArchiveSource, archiveDigest, bufferArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { downloadsOf } from '../e2e/transfer-suite.ts';
import { base64Crc32 } from '../support/archive-checksums.ts';
import { BucketView } from '../support/test-store.ts';
import { World } from '../support/world.ts';
import { AwsCli } from './aws-cli.ts';
import { type RealServer, type RealServerOptions, startSeaweedFS, startVersityGW } from './servers.ts';

const MiB = 2 ** 20;
/** The least that both servers take: their own bound, as it is S3's. */
const PART = 5 * MiB;
const ENV = { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: '4' };
/** More than a page of ListParts has. */
const MANY = 1010;

/** A gzip of nothing: twenty bytes, and no gzip has fewer. */
const LEAST = bufferArchive(gzipSync(''));
const of = (size: number) => syntheticArchive({ size, seed: `real ${size}` });

const SIZES: readonly [string, ArchiveSource][] = [
  ['the smallest gzip', LEAST],
  ['the smallest archive', of(200)],
  ['a part less one byte', of(PART - 1)],
  ['exactly one part', of(PART)],
  ['a part and one byte', of(PART + 1)],
  ['three parts less one byte', of(3 * PART - 1)],
  ['exactly three parts', of(3 * PART)],
  ['three parts and one byte', of(3 * PART + 1)],
];

/** Every size and way through real servers, and what Amazon's own tool reads of it afterwards. */
describe.each([
  ['SeaweedFS', startSeaweedFS],
  ['versitygw', (options: RealServerOptions) => startVersityGW({ ...options, metadata: 'files' })],
])('on %s', (_name, start) => {
  let folder: string;
  let server: RealServer;
  let bucket: BucketView;
  let aws: AwsCli;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sizes-'));
    server = await start({ dir: folder });
    bucket = new BucketView(server);
    aws = new AwsCli(server);
  });
  afterAll(async () => {
    bucket?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** One manifest, and an object that has its size, its checksum and the archive's bytes, as `aws` sees it. */
  async function expectSeenByAws(world: World, archive: ArchiveSource): Promise<Manifest> {
    const manifests = await world.manifests();
    expect(manifests).toHaveLength(1);
    const [manifest] = manifests as [Manifest];
    const crc = await base64Crc32(archive);
    expect(manifest).toMatchObject({
      size: archive.size,
      parts: Math.max(1, Math.ceil(archive.size / PART)),
      checksum: { algorithm: 'CRC32', kind: 'full-object', value: crc },
    });
    const head = await aws.head(manifest.key);
    expect(head).toMatchObject({ ContentLength: archive.size, ETag: `"${manifest.etag}"` });
    expect(head.ChecksumCRC32).toBe(crc);
    // Of what came in one piece SeaweedFS tells no type.
    if (archive.size > PART) expect(head.ChecksumType).toBe('FULL_OBJECT');
    const sha256 = await archiveDigest(archive);
    expect(await aws.fetch(manifest.key)).toEqual({ size: archive.size, sha256 });
    const { objects, uploads } = await aws.keys(`${world.prefix}shop/`);
    expect(objects).toHaveLength(2);
    expect(uploads).toEqual([]);
    return manifest;
  }

  describe.each([
    ['in parallel', 'honour', 'parallel'],
    ['as a stream', 'ignore', 'stream'],
  ] as const)('%s', (_, range, way) => {
    it.each(SIZES)('%s arrives as it is', async (_name, archive) => {
      await using world = await World.start(bucket);
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.download = { range };
      const { code, stdout, events } = await world.archive(database, ENV);
      expect(code, stdout).toBe(0);
      const completed = events.find(({ event }) => event === 'archive.completed');
      // One part is one request, whatever the source can do.
      expect(completed).toMatchObject({ way: archive.size > PART ? way : 'stream' });
      await expectSeenByAws(world, archive);
    });

    it.each([
      ['an empty one', 0, 'archive.empty'],
      ['one of one byte', 1, 'archive.not_gzip'],
    ])('%s is refused, and nothing stays', async (_name, size, code) => {
      await using world = await World.start(bucket);
      const archive = bufferArchive(Buffer.alloc(size, 0x1f));
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.download = { range };
      const finished = await world.archive(database, { ...ENV, TRANSFER_MAX_ATTEMPTS: '2' });
      expect(finished.code).toBe(1);
      const failed = finished.events.find(({ event }) => event === 'archive.failed');
      expect(failed).toMatchObject({ error: { code } });
      expect(await aws.keys(world.prefix)).toEqual({ objects: [], uploads: [] });
    });
  });

  it(`${MANY} parts: killed when more than a page of them is there, and gone on with`, {
    timeout: 900_000,
  }, async () => {
    await using world = await World.start(bucket);
    const archive = of(MANY * PART - 77);
    const database = world.scalingo.addDatabase({ app: 'shop', archive });
    const env = world.environment(database, ENV);
    {
      await using process = world.spawn(['run'], env);
      // Four at a time: all but the last four that were asked for are there.
      await downloadsOf(world, database, MANY - 3);
      process.kill('SIGKILL');
      expect((await process.finished()).code).toBe(null);
    }
    const before = world.scalingo.served.total;
    const { code, stdout, events } = await world.run(['run'], env);
    expect(code, stdout).toBe(0);
    const resumed = events.find(({ event }) => event === 'archive.resumed');
    expect(Number(resumed?.parts)).toBeGreaterThan(1000);
    // What was missing, and the one part by which the source proves to be the same.
    expect(world.scalingo.served.total - before).toBe(archive.size - Number(resumed?.bytes) + PART);
    expect(world.scalingo.count('create')).toBe(1);
    await expectSeenByAws(world, archive);
  });
});
