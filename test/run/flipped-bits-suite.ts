import { describe, expect, it } from 'vitest';
import { flippedByteArchive } from '../../sandbox/archive/altered-archive.ts';
import type { ArchiveSource } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { StoreQuirks } from '../../sandbox/s3/options.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { hasCode } from '../../src/model/errors.ts';
import type { S3Options } from '../../src/stores/s3/s3-options.ts';
import { FlippingProxy } from '../support/flipping-proxy.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { ARCHIVES, JobFixture, KiB, MiB, PART } from './job-fixture.ts';

interface Case {
  readonly way: string;
  readonly size: number;
  readonly download: DownloadBehaviour;
}

const PARALLEL: Case = { way: 'in parallel', size: 7 * PART + 333, download: {} };
const STREAM: Case = { way: 'as a stream', size: 6 * MiB + 333, download: { range: 'ignore' } };
const SMALL: Case = { way: 'in one PutObject', size: 300 * KiB, download: { range: 'ignore' } };
const STORES: readonly [string, Partial<StoreQuirks>, S3Options['checksum']][] = [
  ['keeps checksums', {}, 'auto'],
  ['ignores checksums', { checksums: 'ignored' }, 'auto'],
  ['is asked for SHA-256', {}, 'sha256'],
  ['is asked for CRC64NVME', {}, 'crc64nvme'],
];

/**
 * One bit of an archive is inverted on its way to the store: what comes of it is the right object or no manifest,
 * and never a manifest of other bytes.
 * @param count random places of each test; of each way, each kind of store that it goes to, and each kind of
 *   damage there are two, so that it is twice as many
 */
export function flippedBitsSuite(count: number): void {
  describe.each([PARALLEL, STREAM, SMALL])(
    'a bit flipped on its way to the store ($way)',
    ({ size, download }) => {
      it.each(STORES)(`at ${count} random places, at a store that %s`, async (_, quirks, checksum) => {
        const archive = syntheticArchive({ size, seed: 'flips' });
        await using bench = await Bench.start(archive, quirks, checksum);
        bench.fixture.database.download = download;
        await bench.archiveOne();
        const bytes = bench.proxy.passed;
        // Framing and trailers are bytes on their way too.
        expect(bytes).toBeGreaterThanOrEqual(size);
        const random = seededRandom(size);
        for (let n = 1; n <= count; n++) {
          const offset = Math.floor(random() * bytes);
          bench.proxy.flipAfter(offset);
          const outcome = await bench.archiveOne();
          expect(bench.proxy.flips, `flip ${n} at ${offset}`).toBe(n);
          expect(outcome, `flip ${n} at ${offset}`).toSatisfy(isCaught);
        }
      });

      it.each(STORES)('of every request, at a store that %s: it is given up', async (_, quirks, checksum) => {
        const archive = syntheticArchive({ size, seed: 'flips' });
        await using bench = await Bench.start(archive, quirks, checksum);
        bench.fixture.database.download = download;
        bench.proxy.flipEvery(true);
        const { error } = await bench.fixture.fail();
        expect(error).toMatchObject({ code: 's3.bad_digest' });
        expect(bench.fixture.keys()).toEqual([]);
      });
    },
  );

  describe('a part that a resume finds', () => {
    it(`was damaged on its way to a store without checksums, at ${count} random places`, async () => {
      const archive = syntheticArchive({ size: PARALLEL.size, seed: 'resumed' });
      await using bench = await Bench.start(archive, { checksums: 'ignored' });
      const random = seededRandom(7);
      for (let n = 1; n <= count; n++) {
        const number = 1 + Math.floor(random() * 4);
        const offset = (number - 1) * PART + Math.floor(random() * PART);
        const outcome = await bench.resumeDamaged(offset);
        expect(outcome, `flip ${n} at ${offset}`).toSatisfy(isCaught);
      }
    });

    it(`went bad at a store without checksums, at ${count} random places of what gzip checks`, async () => {
      const archive = syntheticArchive({ size: PARALLEL.size, seed: 'rotten' });
      await using bench = await Bench.start(archive, { checksums: 'ignored' });
      const random = seededRandom(8);
      for (let n = 1; n <= count; n++) {
        const partNumber = 1 + Math.floor(random() * 4);
        // A header may be longer than this only by its comment, which nothing checks.
        const atByte = Math.max(KiB, Math.floor(random() * PART));
        const { fixture } = bench;
        fixture.s3.fail({
          ...ARCHIVES,
          operation: 'UploadPart',
          partNumber,
          fault: { kind: 'corrupt', atByte },
        });
        await bench.begin(4);
        const { error } = await fixture.fail();
        expect(error, `flip ${n} in part ${partNumber} at ${atByte}`).toMatchObject({
          code: 'archive.damaged',
        });
        expect(fixture.keys().filter((key) => key.endsWith('.json'))).toEqual([]);
        // The next run finds the object, cannot prove it, and makes it again.
        await fixture.run();
        await fixture.expectOnlyArchive();
        await bench.clear();
      }
    });
  });

  const twice = 2 * count;
  it(`a prefix that is read again has a bit flipped, at ${twice} random places`, async () => {
    const archive = syntheticArchive({ size: STREAM.size, seed: 'prefix' });
    await using bench = await Bench.start(archive, {});
    const { database, clock } = bench.fixture;
    const random = seededRandom(9);
    for (let n = 1; n <= twice; n++) {
      const cutAfter = GZIP_MAGIC + 1 + Math.floor(random() * (archive.size - GZIP_MAGIC - 1));
      // Earlier ones make it no gzip at all: another matter.
      const flip = GZIP_MAGIC + Math.floor(random() * (cutAfter - GZIP_MAGIC));
      const damaged = flippedByteArchive(archive, flip, { keepValidator: true });
      database.download = { range: 'ignore' };
      database.nextDownloads({ cutAfter }, { archive: damaged });
      database.addBackup({ createdAt: clock.now(), method: 'manual' });
      const { error } = await bench.fixture.fail();
      expect(error, `cut at ${cutAfter}, flip ${n} at ${flip}`).toMatchObject({
        code: 'archive.source_changed',
      });
      bench.fixture.expectNothing();
      await bench.clear();
    }
  });
}

const GZIP_MAGIC = 3;

/** How a run ended whose bytes were damaged on the way. */
interface Outcome {
  readonly manifests: number;
  readonly error: unknown;
}

/** Either it was noticed and mended, or it was noticed. That the object is right is looked at apart. */
function isCaught({ manifests, error }: Outcome): boolean {
  return manifests === 0 ? error !== undefined : manifests === 1 && error === undefined;
}

/** A job whose store lies behind the proxy; used for one archive after the other. */
class Bench implements AsyncDisposable {
  readonly fixture: JobFixture;
  readonly proxy: FlippingProxy;

  private constructor(fixture: JobFixture, proxy: FlippingProxy) {
    this.fixture = fixture;
    this.proxy = proxy;
  }

  static async start(
    archive: ArchiveSource,
    quirks: Partial<StoreQuirks>,
    checksum: S3Options['checksum'] = 'auto',
  ): Promise<Bench> {
    let proxy: FlippingProxy | undefined;
    const fixture = await JobFixture.start({
      archive,
      s3: { quirks },
      store: { partSize: 5 * MiB, checksum },
      through: async (endpoint) => {
        proxy = await FlippingProxy.start(endpoint);
        return proxy;
      },
    });
    if (proxy === undefined) throw new Error('there is no proxy');
    return new Bench(fixture, proxy);
  }

  /** Archives a new backup, compares what came of it, and removes it. */
  archiveOne(): Promise<Outcome> {
    this.#addBackup();
    return this.#run();
  }

  /** The same of a backup whose first four parts are there, one of them with this byte of the archive damaged. */
  async resumeDamaged(offset: number): Promise<Outcome> {
    // The parts go one after the other, and without framing: this store takes no trailers.
    this.proxy.flipAfter(offset);
    await this.begin(4);
    return this.#run();
  }

  /** What a run leaves that was killed before it could look at the responses to its first parts. */
  async begin(parts: number): Promise<void> {
    const { store, options } = this.fixture;
    const { id: backupId, createdAt } = this.#addBackup();
    const signal = new AbortController().signal;
    await store.probe('shop', signal);
    const archive = { database: 'shop', backupId, createdAt: new Date(createdAt) };
    const upload = await store.beginUpload({ archive, mustBeNew: true, metadata: {} }, signal);
    for (let number = 1; number <= parts; number++) {
      const body = options.archive.read((number - 1) * PART, number * PART - 1);
      await upload.sendPart(number, PART, body, signal).catch((error: unknown) => {
        if (!hasCode(error, 's3.bad_digest')) throw error;
      });
    }
    expect(await upload.listParts(signal)).toHaveLength(parts);
  }

  async clear(): Promise<void> {
    const { s3, database, store } = this.fixture;
    for (const key of s3.keys()) await s3.lose(key);
    for (const { id } of [...database.backups]) database.removeBackup(id);
    for (const upload of s3.uploads()) await store.abortUpload(upload, new AbortController().signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.fixture[Symbol.asyncDispose]();
  }

  async #run(): Promise<Outcome> {
    const { fixture } = this;
    const error = await fixture.run().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const manifests = fixture.keys().filter((key) => key.endsWith('.manifest.json')).length;
    if (manifests > 0) await fixture.expectOnlyArchive();
    await this.clear();
    return { manifests, error };
  }

  #addBackup() {
    const { database, clock } = this.fixture;
    return database.addBackup({ createdAt: clock.now(), method: 'manual' });
  }
}
