import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { type DownloadBehaviour, errorTextAnswer } from '../../sandbox/scalingo/download-behaviour.ts';
import { ARCHIVES, eventsOf, JobFixture, PART } from './job-fixture.ts';

const PARTS = 24;
const archive = syntheticArchive({ size: PARTS * PART, seed: 'text' });
const EMPTY: DownloadBehaviour = { answer: { status: 200, body: '' } };

/** Scalingo's storage tells its troubles in a 200 (cli#1094), to one request as well as to all. */
describe('a 200 with a text in place of a range', () => {
  it.each([
    ['an error text', errorTextAnswer()],
    ['nothing', EMPTY],
  ])('(%s) is a failure of that part alone', async (_, behaviour) => {
    await using fixture = await JobFixture.start({ archive });
    fixture.database.nextDownloads({}, {}, {}, {}, {}, behaviour, {}, behaviour);
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.retried')).toHaveLength(2);
    expect(fixture.downloaded()).toBe(archive.size);
  });

  it('is what a resumed run gets for the part that it compares: asked again', async () => {
    await using fixture = await JobFixture.start({ archive });
    await interrupt(fixture, 12);
    const [upload] = fixture.s3.uploads();
    const isFirstThere = upload?.parts[0]?.partNumber === 1;
    // The first request is for part 1: used for the comparison where that part is there.
    fixture.database.nextDownloads(...(isFirstThere ? [{ cutAfter: 100 }] : [{}]), errorTextAnswer());
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.resumed')).toHaveLength(1);
  });
});

describe('a source that gives nothing but texts any more', () => {
  it.each([
    ['an error text', errorTextAnswer(), 'archive.not_gzip'],
    ['nothing', EMPTY, 'archive.empty'],
  ])('(%s) costs the run, and not what is stored', async (_, behaviour, code) => {
    await using fixture = await JobFixture.start({ archive });
    fixture.scalingo.intercept = ({ operation }) => {
      if (operation === 'download' && fixture.scalingo.count('download') >= 13)
        fixture.database.download = behaviour;
      return undefined;
    };
    expect(await fixture.fail()).toMatchObject({ error: { code } });
    const stored = fixture.s3.uploads().flatMap(({ parts }) => parts).length;
    expect(stored).toBeGreaterThan(4);

    // And the next night nothing has changed yet.
    expect(await fixture.fail()).toMatchObject({ error: { code: expect.stringMatching(/^archive\./) } });
    expect(fixture.s3.uploads().flatMap(({ parts }) => parts)).toHaveLength(stored);

    fixture.scalingo.intercept = () => undefined;
    fixture.database.download = {};
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.resumed')).toMatchObject([{ fields: { parts: stored } }]);
  });
});

/** Ends a run as SIGTERM does, when the store has been sent so many parts. */
async function interrupt(fixture: JobFixture, parts: number): Promise<void> {
  const stopping = new AbortController();
  const failing = fixture.fail(stopping.signal);
  await fixture.s3.seen({ ...ARCHIVES, operation: 'UploadPart' }, parts);
  stopping.abort(new Error('stopped'));
  await failing;
}
