import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { errorTextAnswer } from '../../sandbox/scalingo/download-behaviour.ts';
import { ARCHIVES, eventsOf, JobFixture, MiB, PART } from './job-fixture.ts';

const PARTS = 21;
const archive = syntheticArchive({ size: (PARTS - 1) * PART + 4321, seed: 'parallel' });

describe('a source with ranges', () => {
  it('is copied part by part, over one link, as many at once as the layout says', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.download = { latencyMs: 60 };
    const run = await fixture.run();
    const manifest = await fixture.expectOnlyArchive();
    expect(manifest).toMatchObject({ parts: PARTS, partSize: PART, proof: 'store-full-object' });
    expect(eventsOf(run, 'archive.completed')).toMatchObject([{ fields: { way: 'parallel' } }]);
    expect(fixture.scalingo.count('archive')).toBe(1);
    expect(fixture.downloaded()).toBe(archive.size);
    expect(fixture.scalingo.peakDownloads).toBe(4);
  });

  it.each([
    ['no byte more than the parts', 20 * PART, 20],
    ['a last part of one byte', 20 * PART + 1, 21],
    ['a last part that lacks one', 20 * PART - 1, 20],
  ])('has %s', async (_, size, parts) => {
    const sized = syntheticArchive({ size, seed: 'sized' });
    await using fixture = await JobFixture.start({ archive: sized });
    await fixture.run();
    expect(await fixture.expectOnlyArchive()).toMatchObject({ parts, size });
  });

  it('breaks within parts: each goes on from where it broke, and nobody else is asked again', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextDownloads({}, { cutAfter: 1000 }, { cutAfter: PART - 1 }, {}, { cutAfter: 0 });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toHaveLength(3);
    expect(fixture.downloaded()).toBe(archive.size);
    expect(timesSent(fixture)).toEqual(Array.from({ length: PARTS }, () => 1));
  });

  it.each([
    ['400', { answer: { status: 400, body: 'ExpiredToken' } }],
    ['409', { answer: { status: 409, body: 'not now' } }],
    ['416', { range: 'refuse' }],
    ['all of it', { range: 'ignore' }],
  ] as const)('answers one part with %s: that part is asked for again', async (_, odd) => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextDownloads({}, {}, odd);
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.completed')).toMatchObject([{ fields: { way: 'parallel' } }]);
  });

  it('gives an error text in place of its first response: asked again, and copied in parallel', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextDownloads(errorTextAnswer());
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.completed')).toMatchObject([{ fields: { way: 'parallel' } }]);
  });

  it('refuses the range and then fails for a moment: asked again for the whole', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextDownloads({ range: 'refuse' }, { answer: { status: 503, body: 'a moment' } });
    fixture.database.download = { range: 'refuse' };
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.completed')).toMatchObject([{ fields: { way: 'stream' } }]);
  });
});

describe('a part that fails at the store', () => {
  it('is sent again alone', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.s3.fail({
      ...ARCHIVES,
      operation: 'UploadPart',
      partNumber: 3,
      fault: { kind: 'reset', afterBytes: 1 },
    });
    fixture.s3.fail({
      ...ARCHIVES,
      operation: 'UploadPart',
      partNumber: 7,
      fault: { kind: 'error', code: 'InternalError' },
      times: 2,
    });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    const times = timesSent(fixture);
    expect({ third: times[2], seventh: times[6] }).toEqual({ third: 2, seventh: 3 });
    expect(times.filter((count) => count === 1)).toHaveLength(PARTS - 2);
    expect(eventsOf(run, 'archive.retried')).toHaveLength(3);
    expect(fixture.downloaded()).toBeLessThanOrEqual(archive.size + 3 * PART);
  });

  it('is given up after as many attempts as are allowed, and what is there waits for the next run', async () => {
    await using fixture = await JobFixture.start({ archive, settings: { maxAttempts: 3 } });
    const broken = fixture.s3.fail({
      ...ARCHIVES,
      operation: 'UploadPart',
      partNumber: PARTS,
      fault: { kind: 'error', code: 'InternalError' },
      times: Number.POSITIVE_INFINITY,
    });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.failed' } });
    expect(broken.hits).toBe(3);
    expect(fixture.keys()).toEqual([]);
    expect(fixture.s3.uploads()).toHaveLength(1);
    broken.cancel();
    const before = fixture.downloaded();
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.resumed')).toHaveLength(1);
    expect(fixture.downloaded() - before).toBeLessThanOrEqual(2 * PART + 4321);
  });

  it('is refused once and for all: the rest is stopped, even while the source stands still', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextDownloads({}, { stallAfter: 1000 }, { stallAfter: 1000 }, {});
    fixture.s3.fail({
      ...ARCHIVES,
      operation: 'UploadPart',
      partNumber: 4,
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.forbidden' } });
    expect(fixture.keys()).toEqual([]);
    fixture.database.download = {};
    await fixture.run();
    await fixture.expectOnlyArchive();
  });

  it('fails while its source stands still: sent again at once, the old connection is let go', async () => {
    await using fixture = await JobFixture.start({ archive, layout: { concurrency: 1 } });
    fixture.database.nextDownloads({}, { stallAfter: 2000 });
    fixture.s3.fail({
      ...ARCHIVES,
      operation: 'UploadPart',
      partNumber: 2,
      fault: { kind: 'reset', afterBytes: 1000 },
    });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toHaveLength(1);
    await vi.waitFor(() => expect(fixture.scalingo.activeDownloads).toBe(0));
  });
});

describe('a store that asks for less', () => {
  it('gets less at once, and more again once it copes', async () => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.download = { latencyMs: 30 };
    const slow = fixture.s3.fail({
      ...ARCHIVES,
      operation: 'UploadPart',
      fault: { kind: 'error', code: 'SlowDown' },
      skip: 8,
      times: 2,
    });
    const atOnce: { slowed: boolean; count: number }[] = [];
    fixture.scalingo.intercept = ({ operation }) => {
      if (operation !== 'download') return undefined;
      const count = fixture.scalingo.requestsOf('download').filter(({ finished }) => !finished).length;
      atOnce.push({ slowed: slow.hits === 2, count });
      return undefined;
    };
    await fixture.run();
    await fixture.expectOnlyArchive();
    expect(slow.hits).toBe(2);
    const before = atOnce.filter(({ slowed }) => !slowed).map(({ count }) => count);
    const after = atOnce.filter(({ slowed }) => slowed).map(({ count }) => count);
    // How many are seen at once hangs on the machine; by how much the limit moves, adaptive-concurrency.test.ts
    // says.
    expect(Math.max(...before)).toBeGreaterThan(1);
    expect(Math.min(...after)).toBe(1);
    expect(Math.max(...after)).toBeGreaterThan(1);
  });
});

describe('waiting', () => {
  const large = syntheticArchive({ size: 20 * MiB, seed: 'waiting' });
  const settings = { stallTimeout: 1000 };
  const layout = { partSize: 8 * MiB };

  it('for a store that is slow is no stall of the source', async () => {
    await using fixture = await JobFixture.start({ archive: large, settings, layout });
    fixture.s3.fail({
      ...ARCHIVES,
      operation: 'UploadPart',
      partNumber: 2,
      fault: { kind: 'hold', until: delay(2500) },
    });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toEqual([]);
    expect(fixture.downloaded()).toBe(large.size);
  });

  it('for a source that gives nothing is one: that part goes on, over another connection', async () => {
    await using fixture = await JobFixture.start({ archive: large, settings, layout });
    fixture.database.nextDownloads({}, { stallAfter: 3 * MiB });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toMatchObject([
      { fields: { error: { code: 'archive.stalled' } } },
    ]);
    expect(timesSent(fixture, 3)).toEqual([1, 1, 1]);
    expect(fixture.downloaded()).toBe(large.size);
  });

  it('ends at once when the run is ended', async () => {
    await using fixture = await JobFixture.start({ archive: large, layout });
    fixture.database.download = { stallAfter: MiB };
    const stopping = new AbortController();
    const failing = fixture.fail(stopping.signal);
    await fixture.s3.seen({ ...ARCHIVES, operation: 'UploadPart' }, 3);
    stopping.abort(new Error('stop'));
    expect(await failing).toMatchObject({ error: { message: 'stop' } });
    expect(fixture.s3.uploads()).toHaveLength(1);
  });
});

/** How often each part of the archive was sent, in their order. */
function timesSent({ s3 }: JobFixture, parts = PARTS): number[] {
  const sent = s3.requested({ ...ARCHIVES, operation: 'UploadPart' });
  return Array.from(
    { length: parts },
    (_, index) => sent.filter(({ partNumber }) => partNumber === index + 1).length,
  );
}
