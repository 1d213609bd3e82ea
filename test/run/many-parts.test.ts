import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { ARCHIVES, eventsOf, JobFixture, KiB } from './job-fixture.ts';

it('1,001 parts take two pages of ListParts, and are all found again', async () => {
  const partSize = 4 * KiB;
  const archive = syntheticArchive({ size: 1001 * partSize, seed: 'pages' });
  await using fixture = await JobFixture.start({ archive, layout: { partSize, concurrency: 8 } });
  fixture.s3.fail({
    ...ARCHIVES,
    operation: 'CompleteMultipartUpload',
    fault: { kind: 'error', code: 'AccessDenied' },
  });
  expect(await fixture.fail()).toMatchObject({ error: { code: 's3.forbidden' } });
  const before = fixture.downloaded();
  const listed = fixture.s3.requested({ ...ARCHIVES, operation: 'ListParts' }).length;
  const run = await fixture.run();
  expect(eventsOf(run, 'archive.resumed')).toMatchObject([{ fields: { parts: 1001, bytes: archive.size } }]);
  // The two pages, and the mark of the first run that was made sure to be gone.
  const pages = fixture.s3.requested({ ...ARCHIVES, operation: 'ListParts' }).slice(listed);
  expect(pages.map(({ query }) => query['part-number-marker'])).toEqual([undefined, '1000']);
  expect(fixture.downloaded() - before).toBe(partSize);
  expect(await fixture.expectOnlyArchive()).toMatchObject({ parts: 1001, proof: 'store-full-object' });
}, 120_000);
