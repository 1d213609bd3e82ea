import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { StoreQuirks } from '../../sandbox/s3/options.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import type { S3Options } from '../../src/stores/s3/s3-options.ts';
import { calm, MiB } from '../stores/s3/store-fixture.ts';
import { DAY } from '../support/database-job.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { Workbench } from './workbench.ts';

const PART = 5 * MiB;
const archive = syntheticArchive({ size: 2 * PART + 1000, seed: 'dialects' });

/** Two nights of one database on a store with a dialect. */
async function twoNights(quirks: Partial<StoreQuirks>, store: Partial<S3Options> = {}, ways = ['parallel']) {
  const clock = new FakeClock({ auto: true });
  const bench = await Workbench.start({ clock, store: { partSize: PART, ...store }, server: { quirks } });
  const database = bench.scalingo.addDatabase({ app: 'shop', archive });
  if (ways.includes('stream')) database.download = { framing: 'chunked', range: 'ignore' };
  for (let night = 0; night < 2; night++) {
    await archiveDatabase(bench.job(database), calm());
    clock.advance(DAY);
  }
  return { bench, database, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

const IGNORED = { checksums: 'ignored' } as const;
const REFUSED = { checksums: 'refused', checksumMode: 'refused', completeClaims: 'refused' } as const;

describe('two nights on a store', () => {
  it.each<[string, Partial<StoreQuirks>, string]>([
    [
      'that gives an object in parts the MD5 of the whole',
      { ...IGNORED, etags: 'md5 of the whole' },
      'read-back',
    ],
    ['whose ETags are in capitals', { ...IGNORED, etags: 'capitals' }, 'read-back'],
    ['whose ETags are weak', { ...IGNORED, etags: 'weak' }, 'read-back'],
    ['whose ETags are of its own making', { ...IGNORED, etags: 'opaque' }, 'read-back'],
    ['whose ETags are weak, and that keeps checksums', { etags: 'weak' }, 'store-full-object'],
    ['that answers 400 to every optional header', { ...REFUSED, refusal: 'InvalidArgument' }, 'part-md5'],
    ['that answers 501 to every optional header', { ...REFUSED, refusal: 'NotImplemented' }, 'part-md5'],
    ['that refuses x-amz-checksum-mode alone', { checksumMode: 'refused' }, 'part-crc32'],
    ['that refuses claims of the whole alone', { completeClaims: 'refused' }, 'store-full-object'],
  ])('%s make two archives, each copied once', async (_, quirks, proof) => {
    for (const way of ['parallel', 'stream']) {
      await using nights = await twoNights(quirks, {}, [way]);
      const { bench, database } = nights;
      const manifests = await bench.manifests();
      expect(manifests.map((manifest) => manifest.proof)).toEqual([proof, proof]);
      expect(database.backups).toHaveLength(2);
      expect(bench.events.filter(({ level }) => level === 'error')).toEqual([]);
      expect(bench.fieldsOf('archive.unproven')).toEqual([]);
      expect(bench.s3.uploads()).toEqual([]);
    }
  });

  it('that refuses optional headers is asked with each of them by the probe, and not again', async () => {
    await using nights = await twoNights({ ...REFUSED, refusal: 'NotImplemented' });
    const refused = nights.bench.s3.requests.filter(({ status }) => status === 501);
    expect([...new Set(refused.map(({ operation }) => operation))].sort()).toEqual([
      'CompleteMultipartUpload',
      'CreateMultipartUpload',
      'HeadObject',
    ]);
    const ofArchives = refused.filter(({ key }) => !key?.includes('write-probe'));
    // The parts stay at the store when it refuses Complete: asked again without, it has them.
    expect(ofArchives.map(({ operation }) => operation)).toEqual([
      'CompleteMultipartUpload',
      'CompleteMultipartUpload',
    ]);
    expect(nights.bench.s3.requested({ operation: 'UploadPart', key: /_[0-9a-f]{24}/ })).toHaveLength(6);
  });

  it('that shows no unfinished uploads say so each night', async () => {
    await using nights = await twoNights({ uploadListing: 'none' });
    expect(nights.bench.fieldsOf('upload.unlisted')).toHaveLength(2);
    expect(await nights.bench.manifests()).toHaveLength(2);
  });

  it.each(['prefix', 'exact key', 'exact key or all'] as const)(
    'that shows unfinished uploads by %s do not speak of it',
    async (uploadListing) => {
      await using nights = await twoNights({ uploadListing });
      expect(nights.bench.fieldsOf('upload.unlisted')).toEqual([]);
    },
  );
});
