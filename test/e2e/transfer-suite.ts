import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bufferArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { SimulatedDatabase } from '../../sandbox/scalingo/simulated-database.ts';
import { base64Crc32 } from '../support/archive-checksums.ts';
import type { Finished } from '../support/archiver-process.ts';
import { BucketView, type StoreAddress } from '../support/test-store.ts';
import { World } from '../support/world.ts';

const MiB = 2 ** 20;
const PART = 5 * MiB;
/** Small parts, so that a small archive has several. */
const ENV = { S3_PART_SIZE: '5MiB', S3_CONCURRENCY: '4' };

/** What somebody else than the program says of an object. */
export interface SeenObject {
  readonly size: number;
  readonly etag: string;
  /** `x-amz-checksum-*` as the store shows them, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly checksumType: string | undefined;
}

export interface TransferSuiteOptions {
  readonly open: () => Promise<{ store: StoreAddress; close: () => Promise<void> }>;
  readonly look: (store: StoreAddress, key: string) => Promise<SeenObject>;
  /** The proof that the store's answers allow, by what `S3_CHECKSUM` asks and by way. */
  readonly proofs: Readonly<
    Record<'auto' | 'none', { readonly parallel: string; readonly stream: string; readonly resumed: string }>
  >;
}

/** The transfer engine, end to end: every way through, at the sizes where it could go wrong. */
export function transferSuite({ open, look, proofs }: TransferSuiteOptions): void {
  let bucket: BucketView;
  let close: () => Promise<void>;
  let world: World;

  beforeAll(async () => {
    const opened = await open();
    bucket = new BucketView(opened.store);
    close = opened.close;
  }, 120_000);
  afterAll(async () => {
    bucket.close();
    await close();
  });
  beforeEach(async () => {
    world = await World.start(bucket);
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
  });

  describe.each([
    ['in parallel', 'honour', 'parallel'],
    ['as a stream', 'ignore', 'stream'],
  ] as const)('%s', (_, range, way) => {
    it.each([
      ['the smallest archive', 200],
      ['a part less one byte', PART - 1],
      ['exactly one part', PART],
      ['a part and one byte', PART + 1],
      ['several parts', 4 * PART + 4321],
    ])('%s arrives byte for byte', async (_name, size) => {
      const archive = syntheticArchive({ size, seed: `transfer ${size}` });
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      database.download = { range };
      const finished = await world.archive(database, ENV);
      expect(finished.code, finished.stdout).toBe(0);
      expect(finished.stderr).toBe('');
      const manifest = await world.expectOnlyArchive(archive);
      const taken = size > PART ? way : 'stream';
      expect(manifest).toMatchObject({
        parts: Math.ceil(size / PART),
        partSize: PART,
        proof: proofs.auto[taken],
      });
      expect(completed(finished)).toMatchObject({ way: taken });
      expect(manifest.checksum).toEqual({
        algorithm: 'CRC32',
        kind: 'full-object',
        value: await base64Crc32(archive),
      });
    });

    it.each(['auto', 'none'] as const)(
      'with S3_CHECKSUM=%s the proof holds, as others see it',
      async (checksum) => {
        const archive = syntheticArchive({ size: 3 * PART + 99, seed: `proof ${checksum}` });
        const database = world.scalingo.addDatabase({ app: 'shop', archive });
        database.download = { range };
        const finished = await world.archive(database, { ...ENV, S3_CHECKSUM: checksum });
        expect(finished.code, finished.stdout).toBe(0);
        const manifest = await world.expectOnlyArchive(archive);
        expect(manifest.proof).toBe(proofs[checksum][way]);
        const crc = await base64Crc32(archive);
        expect(manifest.checksum).toEqual({ algorithm: 'CRC32', kind: 'full-object', value: crc });
        const seen = await look(bucket.address, manifest.key);
        expect(seen).toMatchObject({ size: archive.size, etag: manifest.etag });
        if (manifest.proof === 'store-full-object') {
          expect(seen).toMatchObject({ checksums: { CRC32: crc }, checksumType: 'FULL_OBJECT' });
        }
      },
    );
  });

  describe('an archive that is none', () => {
    it.each([
      ['empty', 0, 'archive.empty'],
      ['of one byte', 1, 'archive.not_gzip'],
    ])('(%s) is refused, and nothing stays', async (_, size, code) => {
      const archive = bufferArchive(Buffer.alloc(size, 'x'));
      const database = world.scalingo.addDatabase({ app: 'shop', archive });
      const finished = await world.archive(database, { ...ENV, TRANSFER_MAX_ATTEMPTS: '2' });
      expect(finished.code).toBe(1);
      expect(finished.events.find(({ event }) => event === 'archive.failed')?.error).toMatchObject({ code });
      await world.expectNothing();
    });
  });

  describe.each(['SIGKILL', 'SIGTERM'] as const)('ended by %s', (signal) => {
    it.each(['auto', 'none'] as const)(
      'in mid-copy, it is gone on with by the next run (S3_CHECKSUM=%s)',
      async (checksum) => {
        const archive = syntheticArchive({ size: 14 * PART + 77, seed: `${signal} ${checksum}` });
        const database = world.scalingo.addDatabase({ app: 'shop', archive });
        database.download = { bytesPerSecond: 8 * MiB };
        const env = world.environment(database, { ...ENV, S3_CHECKSUM: checksum });
        {
          await using process = world.spawn(['run'], env);
          // Four at a time: when the eighth begins, four are done.
          await downloadsOf(world, database, 8);
          process.kill(signal);
          const finished = await process.finished();
          expect(finished.code).toBe(signal === 'SIGTERM' ? 143 : null);
          world.expectNoSecret(finished, env);
        }
        expect(await world.manifests()).toEqual([]);
        expect(await world.unfinishedUploads()).toHaveLength(1);
        database.download = {};
        const before = world.scalingo.requests.length;
        const second = await world.run(['run'], env);
        expect(second.code, second.stdout).toBe(0);
        const manifest = await world.expectOnlyArchive(archive);
        expect(manifest.proof).toBe(proofs[checksum].resumed);
        expect(manifest.checksum.value).toBe(await base64Crc32(archive));
        expect(database.backups).toHaveLength(1);
        const resumed = second.events.find(({ event }) => event === 'archive.resumed');
        expect(resumed).toMatchObject({ backupId: database.newestBackup.id, totalBytes: archive.size });
        const parts = Number(resumed?.parts);
        expect(parts).toBeGreaterThanOrEqual(3);
        expect(resumed?.bytes).toBe(parts * PART);
        // Only what was missing, and the one part by which the source proves to be the same.
        const downloads = world.scalingo.requests
          .slice(before)
          .filter(({ operation }) => operation === 'download');
        expect(downloads.reduce((sum, { bytesSent }) => sum + bytesSent, 0)).toBe(
          archive.size - parts * PART + PART,
        );
      },
    );
  });
}

function completed(finished: Finished): unknown {
  return finished.events.find(({ event }) => event === 'archive.completed');
}

/** When the source is asked for the archive the `count`-th time. */
export async function downloadsOf(
  { scalingo }: World,
  database: SimulatedDatabase,
  count: number,
): Promise<void> {
  while (scalingo.count('download', database) < count) await scalingo.nextRequest('download', database);
}
