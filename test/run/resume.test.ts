import { CreateMultipartUploadCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { archiveKey } from '../../src/model/archive-key.ts';
import { observeProgress } from '../../src/observability/metrics/observe-progress.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { memoryLog } from '../support/memory-log.ts';
import { ARCHIVES, BUCKET, eventsOf, JobFixture, type JobOptions, PART } from './job-fixture.ts';

const PARTS = 24;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const archive = syntheticArchive({ size: PARTS * PART - 100, seed: 'resume' });

/** Ends a run as SIGTERM does, when the store has been sent so many parts. */
async function interrupt(fixture: JobFixture, parts: number): Promise<void> {
  const stopping = new AbortController();
  const failing = fixture.fail(stopping.signal);
  await fixture.s3.seen({ ...ARCHIVES, operation: 'UploadPart' }, parts);
  stopping.abort(new Error('stopped'));
  expect(await failing).toMatchObject({ error: { message: 'stopped' } });
}

describe('a run that was ended in mid-copy', () => {
  it.each<[string, JobOptions['s3'] & object, string]>([
    ['with checksums', {}, 'store-full-object'],
    ['that lists a page of five parts', { quirks: { maxKeys: 5 } }, 'store-full-object'],
    ['without checksums', { quirks: { checksums: 'ignored' } }, 'read-back'],
    ['that refuses checksums', { quirks: { checksums: 'refused' } }, 'read-back'],
    ['that shows uploads by exact key', { quirks: { uploadListing: 'exact key' } }, 'store-full-object'],
    ['that shows uploads as MinIO', { quirks: { uploadListing: 'exact key or all' } }, 'store-full-object'],
    ['with ETags in capitals', { quirks: { checksums: 'ignored', etags: 'capitals' } }, 'read-back'],
    ['with weak ETags', { quirks: { checksums: 'ignored', etags: 'weak' } }, 'read-back'],
    [
      'with the ETags of rclone',
      { quirks: { checksums: 'ignored', etags: 'md5 of the whole' } },
      'read-back',
    ],
  ])('is gone on with, on a store %s: only what is missing is downloaded and sent', async (_, s3, proof) => {
    await using fixture = await JobFixture.start({ archive, s3 });
    await interrupt(fixture, 15);
    const atLeast = fixture.s3.uploads()[0]?.parts.length ?? 0;
    expect(atLeast).toBeGreaterThan(8);
    const listing = fixture.scalingo.nextRequest('list');
    const run = await fixture.run();
    expect(await fixture.expectOnlyArchive()).toMatchObject({ proof, parts: PARTS });
    // Parts that were in flight may have arrived since.
    const parts = Number(eventsOf(run, 'archive.resumed')[0]?.fields.parts);
    expect(parts).toBeGreaterThanOrEqual(atLeast);
    expect(eventsOf(run, 'archive.resumed')).toMatchObject([
      { fields: { bytes: parts * PART, totalBytes: archive.size } },
    ]);
    const { requests } = fixture.s3;
    const listed = requests.findLastIndex(({ operation }) => operation === 'ListParts');
    const missing = requests.slice(listed).filter(({ operation }) => operation === 'UploadPart');
    expect(missing).toHaveLength(PARTS - parts);
    expect(new Set(missing.map(({ partNumber }) => partNumber)).size).toBe(PARTS - parts);
    // One stored part is read again, to prove that the source is the same.
    const downloads = fixture.scalingo.requests.slice(fixture.scalingo.requests.indexOf(await listing));
    const downloaded = downloads.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
    expect(downloaded).toBe(archive.size - parts * PART + PART);
  });

  it('tells the progress what was there before, apart from what this run moves', async () => {
    await using fixture = await JobFixture.start({ archive });
    await interrupt(fixture, 15);
    const seen: [what: 'found' | 'moved', bytes: number][] = [];
    const progress = observeProgress(
      { begin: () => ({ found: (bytes) => seen.push(['found', bytes]), report() {}, end() {} }) },
      { began() {}, moved: (_, bytes) => seen.push(['moved', bytes]), ended() {} },
    );
    const { log, events } = memoryLog();
    await archiveDatabase({ ...fixture.job(log), progress }, new AbortController().signal);
    const stored = Number(eventsOf({ events }, 'archive.resumed')[0]?.fields.bytes);
    expect(stored).toBeGreaterThan(8 * PART);
    expect(seen[0]).toEqual(['found', stored]);
    const moved = seen.slice(1).reduce((sum, [, bytes]) => sum + bytes, 0);
    expect(moved).toBe(archive.size - stored);
  });

  it('has sent all of it but Complete: one part is read again, and none is sent', async () => {
    await using fixture = await JobFixture.start({ archive });
    const failing = fixture.s3.fail({
      ...ARCHIVES,
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.forbidden' } });
    expect(failing.hits).toBe(1);
    const before = fixture.downloaded();
    await fixture.run();
    await fixture.expectOnlyArchive();
    expect(fixture.downloaded() - before).toBe(PART);
  });

  it('had sent other parts than now: it starts clean, and the old upload goes', async () => {
    await using fixture = await JobFixture.start({ archive, layout: {} });
    await begin(fixture, [1000, 1000, 1000]);
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.resumed')).toEqual([]);
  });

  it('is over, and the store refuses what it began: the run after that starts clean', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.s3.fail({
      ...ARCHIVES,
      operation: 'CompleteMultipartUpload',
      fault: { kind: 'error', code: 'InvalidRequest' },
      // Asked again without the condition, the store says the same.
      times: 2,
    });
    await fixture.fail();
    expect(fixture.s3.uploads()).toEqual([]);
    await fixture.run();
    await fixture.expectOnlyArchive();
  });

  it.each([
    ['without checksums, and they are wanted now', 'none', 'auto'],
    ['with checksums, and none are wanted now', 'auto', 'none'],
  ] as const)('had begun %s: it comes to its end all the same', async (_, first, second) => {
    const checksums = { checksum: first as 'auto' | 'none' };
    await using fixture = await JobFixture.start({ archive, store: checksums });
    await interrupt(fixture, 10);
    const again = await fixture.with({ store: { checksum: second } });
    const run = await again.run();
    expect(eventsOf(run, 'archive.resumed')).toHaveLength(1);
    await fixture.expectOnlyArchive();
  });
});

describe('of several unfinished uploads', () => {
  it('the one that has most is gone on with, the others are aborted', async () => {
    await using fixture = await JobFixture.start({ archive });
    const bytes = await archiveBytes(archive);
    const sized = Array.from({ length: 6 }, (_, index) => bytes.subarray(index * PART, (index + 1) * PART));
    await begin(fixture, sized.slice(0, 2));
    await begin(fixture, sized);
    await begin(fixture, []);
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.resumed')).toMatchObject([{ fields: { parts: 6 } }]);
    expect(eventsOf(run, 'upload.aborted')).toHaveLength(2);
  });

  it('a part that is not of this archive: it starts clean', async () => {
    await using fixture = await JobFixture.start({ archive });
    await begin(fixture, [Buffer.alloc(PART, 1), Buffer.alloc(PART, 2)]);
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.resumed')).toEqual([]);
  });

  it("others' are never touched, wherever they lie", async () => {
    await using fixture = await JobFixture.start({ archive });
    const ours = await begin(fixture, []);
    const foreign = [
      'shop/notes.tar.gz',
      'shop/2026-01-01T00-00-00Z_with_underscores.tar.gz',
      'shop/2026-01-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.tar',
      'shop/deeper/2026-01-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz',
      'shop/2026-13-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz',
      'shop2/2026-01-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz',
      'sho/2026-01-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz',
      '2026-01-01T00-00-00Z_5b8b36104ffb090be1ac3ce1.tar.gz',
    ];
    for (const key of foreign) await begin(fixture, [], key);
    fixture.clock.set(fixture.clock.now() + 30 * DAY);
    await fixture.run();
    expect(
      fixture.s3
        .uploads()
        .map(({ key }) => key)
        .sort(),
    ).toEqual([...foreign].sort());
    expect(ours).not.toBe('');
  });

  it('those whose backup is gone, has failed or is archived are aborted', async () => {
    await using fixture = await JobFixture.start({ archive });
    await fixture.run();
    const archived = fixture.database.newestBackup;
    const failed = fixture.database.addBackup({ status: 'error' });
    await begin(fixture, [], keyOf(archived));
    await begin(fixture, [], keyOf(failed));
    await begin(fixture, [], keyOf({ ...archived, id: '000000000000000000000000' }));
    const run = await fixture.run();
    expect(fixture.s3.uploads()).toEqual([]);
    const aborted = eventsOf(run, 'upload.aborted').filter(({ level }) => level === 'info');
    expect(aborted.map(({ fields }) => fields.reason)).toEqual(Array(3).fill('nothing will finish it'));
  });

  it('one older than s3.maxUploadAge is no work any more: it is aborted, and a backup is made', async () => {
    await using fixture = await JobFixture.start({ archive });
    await interrupt(fixture, 10);
    const stuck = fixture.database.newestBackup;
    // The archive of that backup is lost, but Scalingo lists it still.
    fixture.clock.set(fixture.clock.now() + 6 * DAY);
    fixture.database.download = { answer: { status: 404, body: 'no such archive' } };
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.source_failed' } });
    expect(fixture.database.backups).toHaveLength(1);
    fixture.clock.set(fixture.clock.now() + 2 * DAY);
    fixture.database.download = {};
    const run = await fixture.run();
    expect(eventsOf(run, 'backup.created')).toHaveLength(1);
    expect(run.manifests[0]?.backupId).not.toBe(stuck.id);
    expect(fixture.s3.uploads()).toEqual([]);
  });
});

/** Begins an upload as an earlier run would have, with these parts. @returns its UploadId */
async function begin(
  fixture: JobFixture,
  parts: readonly (number | Buffer)[],
  key?: string,
): Promise<string> {
  const { s3, database } = fixture;
  if (database.backups.length === 0) database.addBackup({ createdAt: fixture.clock.now(), method: 'manual' });
  using client = clientOf(s3);
  const at = { Bucket: BUCKET, Key: key ?? keyOf(database.newestBackup) };
  const created = await client.s3.send(
    new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
  );
  const upload = { ...at, UploadId: created.UploadId };
  for (const [index, part] of parts.entries()) {
    const Body = typeof part === 'number' ? Buffer.alloc(part, 7) : part;
    await client.s3.send(
      new UploadPartCommand({ ...upload, PartNumber: index + 1, Body, ChecksumAlgorithm: 'CRC32' }),
    );
  }
  return created.UploadId ?? '';
}

function keyOf({ id, createdAt }: { id: string; createdAt: number }): string {
  return archiveKey('', { database: 'shop', backupId: id, createdAt: new Date(createdAt) });
}

function clientOf({ endpoint, region, accessKeyId, secretAccessKey }: JobFixture['s3']) {
  const s3 = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  return { s3, [Symbol.dispose]: () => s3.destroy() };
}
