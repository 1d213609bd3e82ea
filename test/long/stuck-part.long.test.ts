import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { ARCHIVES, eventsOf, JobFixture, PART } from '../run/job-fixture.ts';

/** With the program's own ten seconds, before which nothing is stuck: too long for the tests that run at every change. */
it.each([
  ['ranges', {}, 'parallel'],
  ['one stream', { range: 'ignore' }, 'stream'],
] as const)(
  'a run from %s sends a stuck part again, and ends within the minute',
  { timeout: 60_000 },
  async (_, download, way) => {
    const archive = syntheticArchive({ size: 20 * PART, seed: 'stuck' });
    await using fixture = await JobFixture.start({ archive, smallStream: true });
    fixture.database.download = download;
    fixture.s3.fail({ ...ARCHIVES, operation: 'UploadPart', partNumber: 3, fault: { kind: 'hang' } });
    const run = await fixture.run();
    await fixture.expectOnlyArchive();
    expect(eventsOf(run, 'archive.completed')).toMatchObject([{ fields: { way } }]);
    expect(eventsOf(run, 'archive.retried')).toMatchObject([
      { fields: { reason: 'stuck part', attempt: 1 } },
    ]);
    expect(fixture.s3.requested({ ...ARCHIVES, operation: 'UploadPart' })).toHaveLength(21);
  },
);
