import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { ARCHIVES, eventsOf, JobFixture, MiB } from './job-fixture.ts';

const HOUR = 3_600_000;
/** What was begun is found again by its upload alone: nothing is young enough to be taken otherwise. */
const settings = { reuseWithin: 1000, pollInterval: 60_000 };
const archive = syntheticArchive({ size: 12 * MiB, seed: 'once' });
const sizes = { layout: { partSize: MiB }, store: { partSize: 5 * MiB } };

/** Ends a run, as an eviction does, when `moment` has come. */
async function endAt(fixture: JobFixture, moment: Promise<unknown>): Promise<void> {
  const stopping = new AbortController();
  const failing = fixture.fail(stopping.signal);
  await moment;
  stopping.abort(new Error('stopped'));
  expect(await failing).toMatchObject({ error: { message: 'stopped' } });
}

describe.each<[string, DownloadBehaviour]>([
  ['in parallel', {}],
  ['as a stream', { range: 'ignore' }],
])('a backup that is copied %s is made once, however long ago it was', (_, download) => {
  it.each<[string, (fixture: JobFixture) => Promise<unknown>]>([
    ['while it is waited for', (fixture) => nthList(fixture, 4)],
    ['between done and the link', (fixture) => fixture.scalingo.nextRequest('archive')],
    ['between the link and the first byte', (fixture) => fixture.scalingo.nextRequest('download')],
    ['in mid-copy', (fixture) => fixture.s3.seen({ ...ARCHIVES, operation: 'UploadPart' }, 2)],
    ['at its end', (fixture) => fixture.s3.seen({ operation: 'CompleteMultipartUpload' })],
    ['before its manifest', (fixture) => fixture.s3.seen({ operation: 'PutObject', key: /manifest\.json$/ })],
  ])('and the run ends %s', async (_moment, moment) => {
    await using fixture = await JobFixture.start({ archive, settings, ...sizes });
    fixture.database.download = { ...download, latencyMs: 20 };
    fixture.database.nextBackups({ timeline: { polls: 8 } });
    await endAt(fixture, moment(fixture));
    expect(fixture.database.backups).toHaveLength(1);
    fixture.clock.set(fixture.clock.now() + 5 * HOUR);
    await fixture.run();
    await fixture.expectOnlyArchive();
  });

  it('and the source is out for the whole of a run', async () => {
    await using fixture = await JobFixture.start({ archive, settings, ...sizes });
    fixture.database.download = { answer: { status: 503, body: 'out' } };
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.source_failed' } });
    fixture.clock.set(fixture.clock.now() + 5 * HOUR);
    fixture.database.download = download;
    const run = await fixture.run();
    expect(eventsOf(run, 'backup.adopted')).toMatchObject([{ fields: { reason: 'unfinished' } }]);
    await fixture.expectOnlyArchive();
  });

  it('and the store is out in mid-copy', async () => {
    await using fixture = await JobFixture.start({ archive, settings, ...sizes });
    fixture.database.download = download;
    const out = fixture.s3.fail({
      ...ARCHIVES,
      fault: { kind: 'error', code: 'InternalError' },
      skip: 1,
      times: Number.POSITIVE_INFINITY,
    });
    await fixture.fail();
    out.cancel();
    fixture.clock.set(fixture.clock.now() + 5 * HOUR);
    await fixture.run();
    await fixture.expectOnlyArchive();
  });
});

describe('a backup that came to nothing', () => {
  it.each(['error', 'cancelled'] as const)(
    'with status %s leaves no upload, and the next run makes another',
    async (outcome) => {
      await using fixture = await JobFixture.start({ archive, settings, ...sizes });
      fixture.database.nextBackups({ outcome });
      expect(await fixture.fail()).toMatchObject({ error: { code: 'backup.failed' } });
      fixture.expectNothing();
      const run = await fixture.run();
      expect(run.manifests).toHaveLength(1);
      expect(fixture.database.backups).toHaveLength(2);
    },
  );

  it('whose archive is an error text for good leaves no upload, and the next run makes another', async () => {
    await using fixture = await JobFixture.start({ archive, settings, ...sizes });
    fixture.database.download = { answer: { status: 200, body: 'fail to get archive from storage backend' } };
    expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.not_gzip' } });
    fixture.expectNothing();
    fixture.database.download = {};
    const run = await fixture.run();
    expect(run.manifests).toHaveLength(1);
    expect(fixture.database.backups).toHaveLength(2);
  });
});

/** When the list is asked for the `count`-th time. */
async function nthList({ scalingo }: JobFixture, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await scalingo.nextRequest('list');
}
