import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { BackupCatalogue } from '../../src/ports/backup-source.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { pruneDatabase } from '../../src/run/prune/prune-database.ts';
import { calm } from '../stores/s3/store-fixture.ts';
import { memoryLog } from '../support/memory-log.ts';
import { ARCHIVES, eventsOf, JobFixture, MiB, PART } from './job-fixture.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const archive = syntheticArchive({ size: 3 * PART + 5, seed: 'kept work' });

/** One run: archives, then the retention. @returns what it logged */
async function run(fixture: JobFixture, policy: Partial<RetentionPolicy>) {
  const { log, events } = memoryLog();
  const job = fixture.job(log);
  const governed = { ...job, retention: { ...job.retention, ...policy }, allowMassDeletion: true };
  await archiveDatabase(governed, calm());
  await pruneDatabase(governed, { force: true }, calm());
  return { events };
}

function archivedIds(fixture: JobFixture): string[] {
  return fixture
    .keys()
    .filter((key) => key.endsWith('.manifest.json'))
    .map((key) => /_([0-9a-f]{24})\./.exec(key)?.[1] ?? '');
}

describe('what the policy would delete at once is no work', () => {
  it.each([{ keepDaily: 7 }, { keepLast: 1 }, { keepWeekly: 2, minKeep: 1 }])(
    'five runs within an hour each make a backup and keep it: %j',
    async (policy) => {
      await using fixture = await JobFixture.start({ archive });
      for (let n = 1; n <= 5; n++) {
        await run(fixture, policy);
        expect(fixture.database.backups).toHaveLength(n);
        expect(archivedIds(fixture)).toContain(fixture.database.newestBackup.id);
        fixture.clock.set(fixture.clock.now() + 10 * MINUTE);
      }
    },
  );

  it('mode latest does not archive an old backup again that the policy deletes', async () => {
    await using fixture = await JobFixture.start({ archive });
    await run(fixture, {});
    const first = fixture.database.newestBackup;
    fixture.clock.set(fixture.clock.now() + DAY);
    await run(fixture, { keepLast: 1 });
    const newest = archivedIds(fixture);
    // Scalingo has forgotten the newer one: the newest that it lists is not kept by the policy.
    const { log, events } = memoryLog();
    const job = fixture.job(log);
    const { catalogue: real } = job;
    const list = async () => (await real.list(calm())).filter(({ id }) => id === first.id);
    // The methods of the real one use its private state: they are kept bound to it.
    const catalogue: BackupCatalogue = {
      serviceName: real.serviceName,
      canCreate: real.canCreate,
      manualBackupsKept: real.manualBackupsKept,
      info: (signal) => real.info(signal),
      create: (signal) => real.create(signal),
      list,
    };
    const latest = {
      ...job,
      catalogue,
      settings: { ...job.settings, mode: 'latest' as const },
      retention: { ...job.retention, keepLast: 1 },
    };
    expect(await archiveDatabase(latest, calm())).toEqual([]);
    expect(eventsOf({ events }, 'archive.skipped')).toHaveLength(1);
    expect(archivedIds(fixture)).toEqual(newest);
  });

  it('an unfinished upload of such a backup is aborted, and the night makes its own', async () => {
    await using fixture = await JobFixture.start({ archive });
    const older = fixture.database.addBackup({ createdAt: fixture.clock.now() - 120 * MINUTE });
    await run(fixture, {});
    const identity = { database: 'shop', backupId: older.id, createdAt: new Date(older.createdAt) };
    await fixture.store.beginUpload({ archive: identity, mustBeNew: true, metadata: {} }, calm());
    fixture.clock.set(fixture.clock.now() + DAY);
    const { events } = await run(fixture, { keepLast: 1 });
    const aborted = eventsOf({ events }, 'upload.aborted').filter(({ level }) => level === 'info');
    expect(aborted).toMatchObject([
      { fields: { backupId: older.id, reason: 'the retention policy would not keep its archive' } },
    ]);
    expect(eventsOf({ events }, 'backup.created')).toHaveLength(1);
    expect(archivedIds(fixture)).toEqual([fixture.database.newestBackup.id]);
    expect(fixture.s3.uploads()).toEqual([]);
  });
});

describe('a retention that is cut between the manifest and the object', () => {
  it('leaves an object that is no work, and that a later run removes', async () => {
    await using fixture = await JobFixture.start({ archive });
    const policy = { keepLast: 1 };
    await run(fixture, policy);
    const first = fixture.database.newestBackup.id;
    fixture.clock.set(fixture.clock.now() + 10 * MINUTE);
    fixture.s3.fail({
      ...ARCHIVES,
      operation: 'DeleteObject',
      fault: { kind: 'error', code: 'InternalError' },
      times: 5,
    });
    await expect(run(fixture, policy)).rejects.toMatchObject({ code: 's3.failed' });
    expect(fixture.keys().filter((key) => key.includes(first))).toHaveLength(1);
    fixture.clock.set(fixture.clock.now() + 10 * MINUTE);
    // Younger than a day it may be another run's; but it is not archived again.
    await run(fixture, policy);
    expect(fixture.database.backups).toHaveLength(3);
    expect(archivedIds(fixture)).toEqual([fixture.database.newestBackup.id]);
    fixture.clock.set(fixture.clock.now() + DAY + MINUTE);
    await run(fixture, policy);
    expect(fixture.keys().filter((key) => key.includes(first))).toEqual([]);
    expect(fixture.database.backups.map(({ id }) => id)).toContain(first);
    expect(fixture.keys()).toHaveLength(2);
    expect(fixture.s3.uploads()).toEqual([]);
  });
});

describe('a refused Complete that a look settles', () => {
  const identity = { database: 'shop', backupId: '5b8b36104ffb090be1ac3ce1', createdAt: new Date(0) };
  const request = { archive: identity, mustBeNew: true, metadata: {} };

  it('leaves no upload behind (parallel way)', async () => {
    await using fixture = await JobFixture.start({ archive });
    const { store } = fixture;
    await store.probe('shop', calm());
    for (let n = 0; n < 2; n++) {
      const upload = await store.beginUpload(request, calm());
      const parts = [
        await upload.sendPart(1, 2 * PART, archive.read(0, 2 * PART - 1), calm()),
        await upload.sendPart(2, PART + 5, archive.read(2 * PART, 3 * PART + 4), calm()),
      ];
      await upload.complete(parts, 2 * PART, calm());
    }
    expect(fixture.s3.uploads()).toEqual([]);
  });

  it('leaves no upload behind (stream way)', async () => {
    const large = syntheticArchive({ size: 11 * MiB, seed: 'twice' });
    await using fixture = await JobFixture.start({ archive: large, store: { partSize: 5 * MiB } });
    const { store } = fixture;
    await store.probe('shop', calm());
    for (let n = 0; n < 2; n++) {
      await store.upload({ ...request, size: large.size, body: large.read(0, large.size - 1) }, calm());
    }
    expect(fixture.s3.uploads()).toEqual([]);
  });
});
