import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { StoreQuirks } from '../../sandbox/s3/options.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { compositeChecksum, digestOf } from '../../src/integrity/checksum.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { S3Options } from '../../src/stores/s3/s3-options.ts';
import { ARCHIVES, eventsOf, JobFixture, KiB, MiB, PART } from '../run/job-fixture.ts';

type Mode = S3Options['checksum'];
const NAMED = ['crc32', 'crc64nvme', 'sha256'] as const;
const STREAM_PART = 5 * MiB;
/** A response that does not tell how long it is. */
const UNSTATED: DownloadBehaviour = { range: 'ignore', framing: 'chunked' };

/**
 * How the requests come about that carry an archive: parts by themselves, parts of a stream, and what lib-storage
 * makes of a stream whose length is not known.
 */
const WAYS: readonly [string, number, DownloadBehaviour][] = [
  ['in parallel', 5 * PART + 333, {}],
  ['as a stream', 2 * PART + 333, { range: 'ignore' }],
  ['as a stream of one part', 300 * KiB, { range: 'ignore' }],
  ['without a length', 2 * STREAM_PART + 333, UNSTATED],
  ['in one PutObject', 300 * KiB, UNSTATED],
];

/** The ways whose parts may be small, so that there are several of few bytes. */
const SMALL_PARTS = ['in parallel', 'as a stream'];

/** Whether the size that the API states is to be taken. */
function settingsOf(download: DownloadBehaviour): { verifySize: boolean } {
  return { verifySize: download !== UNSTATED };
}

interface Made {
  readonly fixture: JobFixture;
  readonly manifest: Manifest;
  readonly bytes: Buffer;
}

/** One archive, made at such a store with such a checksum. */
async function make(
  [way, size, download]: (typeof WAYS)[number],
  checksum: Mode,
  quirks: Partial<StoreQuirks> = {},
): Promise<Made & AsyncDisposable> {
  const archive = syntheticArchive({ size, seed: 'kinds' });
  const store = { checksum, partSize: STREAM_PART };
  const fixture = await JobFixture.start({
    archive,
    store,
    smallStream: SMALL_PARTS.includes(way),
    settings: settingsOf(download),
    s3: { quirks: { ...quirks, defaultChecksum: true } },
  });
  fixture.database.download = download;
  await fixture.run();
  const manifest = await fixture.expectOnlyArchive();
  const bytes = await archiveBytes(archive);
  return { fixture, manifest, bytes, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
}

/** What the manifest must say, computed from the archive itself. */
function expected(mode: (typeof NAMED)[number], way: string, bytes: Buffer) {
  if (mode === 'crc32') return { ...digestOf('CRC32', bytes), kind: 'full-object' };
  if (mode === 'crc64nvme') return { ...digestOf('CRC64NVME', bytes), kind: 'full-object' };
  if (way === 'in one PutObject') return { ...digestOf('SHA256', bytes), kind: 'full-object' };
  const partSize = SMALL_PARTS.includes(way) ? PART : STREAM_PART;
  const parts = Array.from({ length: Math.ceil(bytes.length / partSize) }, (_, index) =>
    createHash('sha256')
      .update(bytes.subarray(index * partSize, (index + 1) * partSize))
      .digest('base64'),
  );
  return compositeChecksum(
    'SHA256',
    parts.map((value) => ({ value })),
  );
}

describe.each(WAYS)('an archive that goes %s', (...way) => {
  it.each(NAMED)('has the %s that was asked for, in the store and in the manifest', async (mode) => {
    await using made = await make(way, mode);
    const { fixture, manifest, bytes } = made;
    const checksum = expected(mode, way[0], bytes);
    expect(manifest.checksum).toEqual(checksum);
    const proof = checksum?.kind === 'composite' ? 'store-composite' : 'store-full-object';
    expect(manifest.proof).toBe(proof);
    expect(fixture.s3.object(manifest.key)?.checksums).toEqual({ [mode]: checksum?.value });
    // Every part's bytes bore it, before them or behind.
    const sent = fixture.s3
      .requested({ ...ARCHIVES })
      .filter(({ operation }) => operation === 'UploadPart' || operation === 'PutObject');
    const header = `x-amz-checksum-${mode}`;
    expect(sent).not.toEqual([]);
    for (const { headers } of sent)
      expect([headers['x-amz-trailer'], header in headers]).toContain(way[2] === UNSTATED ? true : header);
  });

  it.each(NAMED)('with %s is taken again where its manifest is lost, by reading it', async (mode) => {
    await using made = await make(way, mode);
    const { fixture, manifest } = made;
    await fixture.s3.lose(manifest.key.replace('.tar.gz', '.manifest.json'));
    const before = fixture.downloaded();
    await fixture.run();
    const again = await fixture.expectOnlyArchive();
    const { checksum, proof, parts, partSize } = manifest;
    expect(again).toMatchObject({ checksum, proof, parts });
    if (parts > 1) expect(again.partSize).toBe(partSize);
    expect(fixture.downloaded()).toBe(before);
  });

  it.each(NAMED)('with %s and a bit that went bad is not taken again', async (mode) => {
    await using made = await make(way, mode);
    const { fixture, manifest } = made;
    await fixture.s3.lose(manifest.key.replace('.tar.gz', '.manifest.json'));
    await fixture.s3.corrupt(manifest.key, 100 * KiB);
    const run = await fixture.run();
    expect(eventsOf(run, 'archive.unproven')).toHaveLength(1);
    expect(await fixture.expectOnlyArchive()).toMatchObject({ checksum: manifest.checksum });
  });

  it('is proved at a store that composes checksums of parts only (Cloudflare R2)', async () => {
    await using made = await make(way, 'auto', { checksumTypes: 'composite' });
    expect(made.manifest).toMatchObject({
      checksum: expected('crc32', way[0], made.bytes),
      proof: way[0] === 'in one PutObject' ? 'store-full-object' : 'store-composite',
    });
  });

  it.each(['auto', 'crc32', 'sha256'] as const)(
    'with %s is proved at a store that composes them whatever it is asked, and does not say so (Garage)',
    async (mode) => {
      await using made = await make(way, mode, { checksumTypes: 'unread' });
      expect(made.manifest).toMatchObject({
        checksum: expected(mode === 'auto' ? 'crc32' : mode, way[0], made.bytes),
        proof: way[0] === 'in one PutObject' ? 'store-full-object' : 'store-composite',
      });
      await made.fixture.s3.lose(made.manifest.key.replace('.tar.gz', '.manifest.json'));
      await made.fixture.run();
      const { checksum, proof } = made.manifest;
      expect(await made.fixture.expectOnlyArchive()).toMatchObject({ checksum, proof });
    },
  );

  it.each(NAMED)('with %s is found where the response that made it was lost', async (mode) => {
    const archive = syntheticArchive({ size: way[1], seed: 'lost' });
    await using fixture = await JobFixture.start({
      archive,
      store: { checksum: mode, partSize: STREAM_PART },
      smallStream: SMALL_PARTS.includes(way[0]),
      settings: settingsOf(way[2]),
    });
    fixture.database.download = way[2];
    const operation = way[0] === 'in one PutObject' ? 'PutObject' : 'CompleteMultipartUpload';
    const lost = fixture.s3.fail({ ...ARCHIVES, operation, fault: { kind: 'lose-answer' } });
    await fixture.run();
    await fixture.expectOnlyArchive();
    expect(lost.hits).toBe(1);
  });
});

it('a checksum that the store does not take fails the run before a backup is made', async () => {
  const archive = syntheticArchive({ size: PART, seed: 'refused' });
  const quirks = { checksumAlgorithms: ['CRC32'] } as const;
  await using fixture = await JobFixture.start({ archive, store: { checksum: 'sha256' }, s3: { quirks } });
  expect(await fixture.fail()).toMatchObject({ error: { code: 's3.checksum_refused' } });
  expect(fixture.database.backups).toEqual([]);
  fixture.expectNothing();
});

it.each([
  ['parallel', {}, PART, 6],
  ['stream', { range: 'ignore' }, STREAM_PART, 1],
] as const)('the log says why a part has its size (%s)', async (way, download, partSize, parts) => {
  const archive = syntheticArchive({ size: 5 * PART + 333, seed: 'layout' });
  await using fixture = await JobFixture.start({ archive, store: { partSize: STREAM_PART } });
  fixture.database.download = download;
  const run = await fixture.run();
  expect(eventsOf(run, 'archive.started')).toMatchObject([{ fields: { store: 'unknown' } }]);
  const fields = { way, store: 'unknown', partSize, parts, because: expect.any(String) };
  expect(eventsOf(run, 'archive.layout')).toMatchObject([{ level: 'debug', fields }]);
});

describe('an upload that was cut short', () => {
  const archive = syntheticArchive({ size: 12 * PART - 100, seed: 'resumed kinds' });

  async function cutShort(checksum: Mode): Promise<JobFixture> {
    const fixture = await JobFixture.start({ archive, store: { checksum } });
    const failing = fixture.s3.fail({
      ...ARCHIVES,
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.forbidden' } });
    expect(failing.hits).toBe(1);
    return fixture;
  }

  it.each(NAMED)('is gone on with by its parts’ own %s', async (mode) => {
    await using fixture = await cutShort(mode);
    const before = fixture.downloaded();
    const run = await fixture.run();
    expect(eventsOf(run, 'archive.resumed')).toMatchObject([{ fields: { parts: 12 } }]);
    expect(fixture.downloaded() - before).toBe(PART);
    const whole = await archiveBytes(archive);
    expect(await fixture.expectOnlyArchive()).toMatchObject({
      checksum: expected(mode, 'in parallel', whole),
      proof: mode === 'sha256' ? 'store-composite' : 'store-full-object',
    });
  });

  it.each([
    ['crc32', 'sha256'],
    ['sha256', 'auto'],
    ['crc64nvme', 'crc32'],
    ['sha256', 'none'],
  ] as const)('with %s is begun anew where %s is asked for now', async (before, now) => {
    await using fixture = await cutShort(before);
    await using next = fixture.with({ store: { checksum: now } }) as JobFixture;
    const run = await next.run();
    expect(eventsOf(run, 'archive.resumed')).toEqual([]);
    const { checksum } = await fixture.expectOnlyArchive();
    expect(checksum.algorithm).toBe(now === 'sha256' ? 'SHA256' : 'CRC32');
  });
});
