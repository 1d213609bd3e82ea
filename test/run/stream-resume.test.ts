import { describe, expect, it } from 'vitest';
import { archiveBytes, bufferArchive } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { ARCHIVES, eventsOf, JobFixture, type JobOptions, MiB, PART } from './job-fixture.ts';

const PARTS = 24;
const archive = syntheticArchive({ size: PARTS * PART - 100, seed: 'stream resume' });
const other = syntheticArchive({ size: PARTS * PART - 100, seed: 'another stream' });

/** A source that always gives the whole. */
async function start(options: Partial<JobOptions> = {}, download: DownloadBehaviour = {}) {
  const fixture = await JobFixture.start({ archive, smallStream: true, ...options });
  fixture.database.download = { range: 'ignore', ...download };
  return fixture;
}

/** Ends a run as SIGTERM does, when the store has been sent so many parts. @returns how many it has at least */
async function interrupt(fixture: JobFixture, parts: number): Promise<number> {
  const stopping = new AbortController();
  const failing = fixture.fail(stopping.signal);
  await fixture.s3.seen({ ...ARCHIVES, operation: 'UploadPart' }, parts);
  stopping.abort(new Error('stopped'));
  expect(await failing).toMatchObject({ error: { message: 'stopped' } });
  return storedParts(fixture).length;
}

function storedParts({ s3 }: JobFixture): number[] {
  return s3.uploads().flatMap(({ parts }) => parts.map(({ partNumber }) => partNumber));
}

/** The numbers of the parts that were sent since the last listing of parts, in the order in which they were. */
function sentSinceListing({ s3 }: JobFixture): (number | undefined)[] {
  const listed = s3.requests.findLastIndex(({ operation }) => operation === 'ListParts');
  const sent = s3.requests.slice(listed).filter(({ operation }) => operation === 'UploadPart');
  return sent.map(({ partNumber }) => partNumber);
}

describe('a stream that was ended in mid-copy', () => {
  it.each<[string, JobOptions['s3'] & object, string]>([
    ['with checksums', {}, 'store-full-object'],
    ['that lists a page of five parts', { quirks: { maxKeys: 5 } }, 'store-full-object'],
    ['without checksums', { quirks: { checksums: 'ignored' } }, 'part-md5'],
    ['that refuses checksums', { quirks: { checksums: 'refused' } }, 'part-md5'],
  ])(
    'is gone on with, on a store %s: it is read again, and only what is missing is sent',
    async (_, s3, proof) => {
      await using fixture = await start({ s3 });
      expect(await interrupt(fixture, 15)).toBeGreaterThan(8);
      const before = fixture.downloaded();
      const run = await fixture.run();
      expect(await fixture.expectOnlyArchive()).toMatchObject({ proof, parts: PARTS });
      // Parts that were in flight may have arrived since.
      const parts = Number(eventsOf(run, 'archive.resumed')[0]?.fields.parts);
      expect(eventsOf(run, 'archive.resumed')).toMatchObject([
        { fields: { bytes: parts * PART, totalBytes: archive.size } },
      ]);
      expect(new Set(sentSinceListing(fixture)).size).toBe(PARTS - parts);
      expect(sentSinceListing(fixture)).toHaveLength(PARTS - parts);
      expect(fixture.downloaded() - before).toBe(archive.size);
    },
  );

  it('has sent all of it but Complete: it is read again, and nothing is sent', async () => {
    await using fixture = await start();
    const fault = { kind: 'error', code: 'AccessDenied' } as const;
    fixture.s3.fail({ ...ARCHIVES, operation: 'CompleteMultipartUpload', fault });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.forbidden' } });
    await fixture.run();
    await fixture.expectOnlyArchive();
    expect(sentSinceListing(fixture)).toEqual([]);
  });

  it('lacks a part in its middle: what comes after it is compared too', async () => {
    await using fixture = await start({ settings: { maxAttempts: 1 } });
    const fault = { kind: 'error', code: 'InternalError' } as const;
    fixture.s3.fail({ ...ARCHIVES, operation: 'UploadPart', partNumber: 21, fault });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.failed' } });
    expect(storedParts(fixture)).not.toContain(21);
    const run = await fixture.run();
    expect(eventsOf(run, 'archive.resumed')).toHaveLength(1);
    await fixture.expectOnlyArchive();
    expect(sentSinceListing(fixture)).toContain(21);
    expect(sentSinceListing(fixture)).not.toContain(1);
  });

  it('breaks off again while it is read again: it is healed as always', async () => {
    await using fixture = await start();
    await interrupt(fixture, 15);
    fixture.database.nextDownloads({ range: 'ignore', cutAfter: 5 * PART + 10 });
    const run = await fixture.run();
    expect(eventsOf(run, 'archive.resumed')).toHaveLength(1);
    expect(eventsOf(run, 'archive.retried')).toHaveLength(1);
    await fixture.expectOnlyArchive();
  });

  it.each([
    ['from its beginning', other],
    ['in its seventh part', 'seventh'],
  ] as const)('has other bytes now %s: it starts afresh', async (_, changed) => {
    await using fixture = await start();
    await interrupt(fixture, 15);
    const [old] = fixture.s3.uploads();
    const begun = () => fixture.s3.requested({ ...ARCHIVES, operation: 'CreateMultipartUpload' }).length;
    const before = begun();
    const bytes = Buffer.from(await archiveBytes(archive));
    bytes.set([1, 2, 3, 4], 6 * PART + 1000);
    const now = changed === 'seventh' ? bufferArchive(bytes) : changed;
    fixture.database.newestBackup.archive = now;
    if (changed === 'seventh') {
      // No gzip any more: what it is does not count here, but that no part of the two is mixed.
      await fixture.run().catch(() => {});
    } else {
      const run = await fixture.run();
      expect(eventsOf(run, 'archive.resumed')).toEqual([]);
      await fixture.expectOnlyArchive(now);
    }
    expect(begun() - before).toBe(1);
    expect(fixture.s3.uploads().map(({ uploadId }) => uploadId)).not.toContain(old?.uploadId);
    expect(sentSinceListing(fixture)).toContain(1);
  });
});

describe('a part of a stream', () => {
  it('that fails at the store is sent again from memory', async () => {
    await using fixture = await start();
    const failing = { ...ARCHIVES, operation: 'UploadPart' } as const;
    fixture.s3.fail({ ...failing, partNumber: 3, fault: { kind: 'reset', afterBytes: 1 } });
    const fault = { kind: 'error', code: 'InternalError' } as const;
    fixture.s3.fail({ ...failing, partNumber: 7, fault, times: 2 });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toHaveLength(3);
    expect(fixture.downloaded()).toBe(archive.size);
  });

  it('is held until it is confirmed, and no more are than are in flight', async () => {
    const size = 12 * MiB;
    const large = syntheticArchive({ size, seed: 'held' });
    await using fixture = await start({ archive: large, layout: { partSize: MiB, concurrency: 2 } });
    const gate = Promise.withResolvers<void>();
    const fault = { kind: 'hold', until: gate.promise } as const;
    const uploads = { ...ARCHIVES, operation: 'UploadPart' } as const;
    fixture.s3.fail({ ...uploads, fault, times: Number.POSITIVE_INFINITY });
    const running = fixture.run();
    await fixture.s3.seen(uploads, 2);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(fixture.s3.requested(uploads)).toHaveLength(2);
    gate.resolve();
    await running;
    await fixture.expectOnlyArchive();
  });
});
