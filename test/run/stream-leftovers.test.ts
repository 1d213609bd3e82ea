import { expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { ARCHIVES, JobFixture, MiB, PART } from './job-fixture.ts';

const archive = syntheticArchive({ size: 6 * MiB, seed: 'leftovers' });

it.each([
  ['', {}],
  [' of unknown length', { verifySize: false }],
])(
  'what killed streams%s left does not pile up: one upload stays for a mark beside the new one',
  async (_, settings) => {
    await using fixture = await JobFixture.start({ archive, store: { partSize: 5 * MiB }, settings });
    fixture.database.download = { range: 'ignore', framing: 'chunked' };
    const { id: backupId, createdAt } = fixture.database.addBackup({ createdAt: fixture.clock.now() });
    const signal = new AbortController().signal;
    for (let killed = 0; killed < 4; killed++) {
      const identity = { database: 'shop', backupId, createdAt: new Date(createdAt) };
      const upload = await fixture.store.beginUpload(
        { archive: identity, mustBeNew: true, metadata: {} },
        signal,
      );
      await upload.sendPart(1, PART, archive.read(0, PART - 1), signal);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const completing = { ...ARCHIVES, operation: 'CompleteMultipartUpload' } as const;
    fixture.s3.fail({ ...completing, fault: { kind: 'hold', until: promise } });
    const running = fixture.run();
    await fixture.s3.seen(completing);
    const uploads = fixture.s3.uploads().length;
    resolve();
    await running;
    expect(uploads).toBe(2);
    await fixture.expectOnlyArchive();
  },
);

it('a stream that is given up leaves one upload: the mark of its backup makes room for its own', async () => {
  await using fixture = await JobFixture.start({
    archive,
    store: { partSize: 5 * MiB },
    settings: { maxAttempts: 2 },
  });
  fixture.database.download = { range: 'ignore', cutAfter: 5.5 * MiB };
  expect(await fixture.fail()).toMatchObject({ error: { code: 'archive.source_failed' } });
  expect(fixture.s3.uploads()).toHaveLength(1);
  fixture.database.download = { range: 'ignore' };
  await fixture.run();
  await fixture.expectOnlyArchive();
});
