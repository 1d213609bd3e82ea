import { CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { archiveKey } from '../../src/model/archive-key.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { clientFor } from '../sandbox/s3-client.ts';
import { BUCKET, bytesOf, calm, failureOf, rejectionOf } from '../stores/s3/store-fixture.ts';
import { DAY, HOUR } from '../support/database-job.ts';
import { Workbench, type WorkbenchOptions } from './workbench.ts';

const archive = syntheticArchive({ size: 300_000, seed: 'abandoned' });

async function start(options: WorkbenchOptions = {}) {
  const bench = await Workbench.start(options);
  const database = bench.scalingo.addDatabase({ app: 'shop', archive });
  return { bench, database, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

/** Begins an upload as a run that was killed leaves it, with a part that no archive has. */
async function begin({ s3 }: Workbench, Key: string): Promise<void> {
  const client = clientFor(s3);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
  await client.send(
    new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber: 1, Body: bytesOf(10) }),
  );
  client.destroy();
}

function keyOf(backup: { id: string; createdAt: number }, database = 'shop', prefix = ''): string {
  return archiveKey(prefix, { database, backupId: backup.id, createdAt: new Date(backup.createdAt) });
}

const leftOver = ({ s3 }: Workbench) => s3.uploads().map(({ key }) => key);

describe('an unfinished upload', () => {
  it('of a backup that exists is finished first: none is made', async () => {
    await using world = await start();
    const { bench, database } = world;
    const backup = database.addBackup({ createdAt: bench.clock.now() - 30 * HOUR });
    await begin(bench, keyOf(backup));
    const [manifest] = await archiveDatabase(bench.job(database), calm());
    expect(manifest?.backupId).toBe(backup.id);
    expect(bench.scalingo.count('create')).toBe(0);
    expect(await bench.holdsOnly(archive)).toBe(true);
  });

  it('of a backup that is gone is aborted', async () => {
    await using world = await start();
    const { bench, database } = world;
    await begin(bench, keyOf({ id: 'a'.repeat(24), createdAt: bench.clock.now() - HOUR }));
    await archiveDatabase(bench.job(database), calm());
    expect(leftOver(bench)).toEqual([]);
    expect(bench.fieldsOf('upload.aborted')[0]).toMatchObject({ backupId: 'a'.repeat(24) });
  });

  it('of a backup that is gone is aborted on a store that shows uploads by exact key, or all of them', async () => {
    await using world = await start({ server: { quirks: { uploadListing: 'exact key or all' } } });
    const { bench, database } = world;
    await begin(bench, keyOf({ id: 'a'.repeat(24), createdAt: bench.clock.now() - HOUR }));
    await begin(bench, keyOf({ id: 'b'.repeat(24), createdAt: bench.clock.now() - HOUR }, 'other'));
    await archiveDatabase(bench.job(database), calm());
    expect(leftOver(bench)).toEqual([expect.stringContaining('other/')]);
  });

  it('of the probe itself is aborted on a store that shows uploads by exact key alone', async () => {
    await using world = await start({ server: { quirks: { uploadListing: 'exact key' } } });
    const { bench, database } = world;
    await begin(bench, keyOf({ id: 'write-probe', createdAt: 0 }));
    await archiveDatabase(bench.job(database), calm());
    expect(leftOver(bench)).toEqual([]);
  });

  it.each(['error', 'cancelled'])('of a backup that ended with %s is aborted', async (status) => {
    await using world = await start();
    const { bench, database } = world;
    await begin(bench, keyOf(database.addBackup({ status })));
    await archiveDatabase(bench.job(database), calm());
    expect(leftOver(bench)).toEqual([]);
  });

  it('of a backup that is archived is aborted, and so is a second one of the same', async () => {
    await using world = await start();
    const { bench, database } = world;
    const backup = database.addBackup();
    await archiveDatabase(bench.job(database), calm());
    await begin(bench, keyOf(backup));
    await begin(bench, keyOf(backup));
    await archiveDatabase(bench.job(database, { mode: 'latest' }), calm());
    expect(leftOver(bench)).toEqual([]);
    expect(await bench.holdsOnly(archive)).toBe(true);
  });

  it('that is too old is aborted, although its backup is still there', async () => {
    await using world = await start();
    const { bench, database } = world;
    const backup = database.addBackup({ createdAt: bench.clock.now() });
    await begin(bench, keyOf(backup));
    await bench.clock.sleep(8 * DAY);
    await archiveDatabase(bench.job(database, { maxUploadAge: 7 * DAY }), calm());
    expect(leftOver(bench)).toEqual([]);
    expect(bench.fieldsOf('upload.aborted')[0]).toMatchObject({ key: keyOf(backup) });
  });

  it('of a backup that is gone is aborted also where the run itself has nothing to archive', async () => {
    await using world = await start();
    const { bench, database } = world;
    await begin(bench, keyOf({ id: 'b'.repeat(24), createdAt: bench.clock.now() }));
    expect((await failureOf(archiveDatabase(bench.job(database, { mode: 'latest' }), calm()))).code).toBe(
      'backup.none',
    );
    expect(leftOver(bench)).toEqual([]);
  });

  it('left by a write probe that was killed is aborted', async () => {
    await using world = await start();
    const { bench, database } = world;
    await begin(bench, keyOf({ id: 'write-probe', createdAt: 0 }));
    await archiveDatabase(bench.job(database), calm());
    expect(leftOver(bench)).toEqual([]);
    expect(await bench.holdsOnly(archive)).toBe(true);
  });

  it('left by a creation whose response was lost is aborted by the next run', async () => {
    await using world = await start();
    const { bench, database } = world;
    bench.s3.fail({
      operation: 'CreateMultipartUpload',
      key: /2026/,
      fault: { kind: 'lose-answer' },
    });
    await archiveDatabase(bench.job(database), calm());
    await archiveDatabase(bench.job(database, { mode: 'latest' }), calm());
    expect(leftOver(bench)).toEqual([]);
  });

  it('of others is never touched', async () => {
    await using world = await start({ store: { prefix: 'mine/' } });
    const { bench, database } = world;
    const gone = { id: 'c'.repeat(24), createdAt: bench.clock.now() - 30 * DAY };
    const foreign = [
      keyOf(gone),
      keyOf(gone, 'shop', 'yours/'),
      keyOf(gone, 'shop-2', 'mine/'),
      'mine/shop/video.mov',
      'mine/shop/2026-01-01T00-00-00Z_x.tar.gz.part',
      'mine/other.tar.gz',
    ];
    for (const key of foreign) await begin(bench, key);
    await bench.clock.sleep(30 * DAY);
    await archiveDatabase(bench.job(database), calm());
    expect(leftOver(bench).sort()).toEqual([...foreign].sort());
  });

  it('that cannot be aborted fails the run, so that somebody looks', async () => {
    await using world = await start();
    const { bench, database } = world;
    const key = keyOf({ id: 'd'.repeat(24), createdAt: bench.clock.now() });
    await begin(bench, key);
    bench.s3.fail({
      operation: 'AbortMultipartUpload',
      key,
      fault: { kind: 'error', code: 'AccessDenied' },
      times: Number.POSITIVE_INFINITY,
    });
    const error = await rejectionOf(archiveDatabase(bench.job(database), calm()));
    expect(error).toMatchObject({ code: 's3.forbidden', hint: expect.stringContaining('s3:Abort') });
  });
});
