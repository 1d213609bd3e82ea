import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { JobFixture, PART } from './job-fixture.ts';
import { singleFaultSuite } from './single-faults-suite.ts';

// All of them are in test/long.
describe('one fault on one call to the store', () => singleFaultSuite({ oneIn: 11 }));

it('a 404 to the look after Complete is no verdict', async () => {
  await using fixture = await JobFixture.start({
    archive: syntheticArchive({ size: 2 * PART + 11, seed: 'look' }),
  });
  // The look before Complete finds nothing anyway.
  const script = fixture.s3.fail({
    operation: 'HeadObject',
    skip: 1,
    fault: { kind: 'error', code: 'NoSuchKey' },
  });
  await fixture.run();
  await fixture.expectOnlyArchive();
  expect(script.hits).toBe(1);
});
