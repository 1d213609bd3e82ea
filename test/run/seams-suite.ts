import { expect, it } from 'vitest';
import { type ArchiveSource, archiveDigest, fileArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { eventsOf, JobFixture, KiB, PART } from './job-fixture.ts';

const SIZE = 4 * PART + 777;
const first = syntheticArchive({ size: SIZE, seed: 'first' });
const second = syntheticArchive({ size: SIZE, seed: 'second' });

type Etag = NonNullable<DownloadBehaviour['etag']>;
const ETAGS: readonly Etag[] = ['none', 'weak', 'strong'];
const RANGES = ['honour', 'ignore'] as const;

/** A source, before and after its download broke off. */
interface Mix {
  readonly range: (typeof RANGES)[number];
  readonly before: Etag;
  readonly after: Etag;
  readonly lastModified: boolean;
}

const mixes: readonly Mix[] = RANGES.flatMap((range) =>
  ETAGS.flatMap((before) =>
    ETAGS.flatMap((after) => [false, true].map((lastModified) => ({ range, before, after, lastModified }))),
  ),
);

/**
 * A download that breaks off and continues from another file of the same length, for each mix of validators: what
 * has a manifest is one of the two files, byte for byte. And one that continues from the same file is archived.
 * @param count random places at which each mix breaks
 */
export function seamsSuite(count: number, seed: number): void {
  const random = seededRandom(seed);
  const places = Array.from({ length: count }, () => 30 + Math.floor(random() * (SIZE - 31)));

  it.each(mixes)(
    `$before, then $after (Last-Modified: $lastModified), ranges: $range; seed ${seed}`,
    async (mix) => {
      for (const [index, place] of places.entries()) {
        await breaksInto(mix, place, second);
        if (index % 5 === 0) await breaksInto(mix, place, first);
      }
    },
  );
}

async function breaksInto(mix: Mix, place: number, continued: ArchiveSource): Promise<void> {
  await using fixture = await JobFixture.start({ archive: first });
  const { range, before, after, lastModified } = mix;
  // Weak validators that are equal, as of a server that holds both files for the same.
  const common = (etag: Etag): DownloadBehaviour => ({
    range,
    etag,
    lastModified,
    ...(etag === 'weak' ? { validator: 'same' } : {}),
  });
  // The first one may be the range that shows what the server can do: the download itself is the second then.
  const cut = { ...common(before), archive: first, cutAfter: place };
  fixture.database.nextDownloads(cut, cut);
  fixture.database.download = { ...common(after), archive: continued };
  const where = `cut at ${place}, then ${continued === first ? 'the same file' : 'another'}`;
  const outcome = await fixture.run().catch((error: unknown) => ({ error }));
  const manifests = fixture.keys().filter((key) => key.endsWith('.manifest.json'));
  if (continued === first && before === after) expect(outcome, where).toMatchObject({ manifests: [{}] });
  expect(manifests.length, where).toBe('error' in outcome ? 0 : 1);
  if (manifests.length === 0) await fixture.run();
  // The one that failed left nothing that stops the next, which finds one file.
  const [, key = ''] = fixture.keys();
  const stored = await archiveDigest(fileArchive(fixture.s3.object(key)?.path ?? ''));
  const whole = await Promise.all([archiveDigest(first), archiveDigest(second)]);
  expect(whole, where).toContain(stored);
  expect(fixture.s3.uploads(), where).toEqual([]);
}

/** Reads of the archive back from the store. */
function readBacks({ s3 }: JobFixture): number {
  return s3.requests.filter(({ operation, key }) => operation === 'GetObject' && key?.endsWith('.tar.gz'))
    .length;
}

/** What is read back to be unpacked, and what is not. */
export function readBackSuite(): void {
  it.each<[string, DownloadBehaviour, DownloadBehaviour[], number]>([
    ['ranges with a strong ETag', {}, [], 0],
    ['ranges with a strong ETag, broken', {}, [{ cutAfter: 30 * KiB }], 0],
    ['one response without an ETag', { etag: 'none' }, [], 0],
    ['no ranges, broken: read again and compared', { range: 'ignore' }, [{ cutAfter: 99 * KiB }], 0],
    ['ranges without an ETag, broken', { etag: 'none' }, [{}, { cutAfter: 99 * KiB }], 1],
    ['ranges with a weak ETag, broken', { etag: 'weak' }, [{}, { cutAfter: 99 * KiB }], 1],
    ['ranges that only Last-Modified joins', { etag: 'none', lastModified: true }, [], 1],
  ])('%s', async (_, download, next, expected) => {
    await using fixture = await JobFixture.start({ archive: first });
    fixture.database.nextDownloads(...next.map((each) => ({ ...download, ...each })));
    fixture.database.download = download;
    await fixture.run();
    await fixture.expectOnlyArchive();
    expect(readBacks(fixture)).toBe(expected);
  });

  it('a storage class that cannot be read back: it is read again from its beginning and compared', async () => {
    await using fixture = await JobFixture.start({ archive: first, store: { storageClass: 'GLACIER' } });
    const download = { etag: 'none', lastModified: true } as const;
    fixture.database.nextDownloads(download, { ...download, cutAfter: 99 * KiB });
    fixture.database.download = download;
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toHaveLength(1);
    expect(readBacks(fixture)).toBe(0);
  });
}
