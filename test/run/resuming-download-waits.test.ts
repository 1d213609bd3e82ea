import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type ArchiveSource, archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import { errorTextAnswer } from '../../sandbox/scalingo/download-behaviour.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import { calm, MiB } from '../stores/s3/store-fixture.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { type Delivered, deliver, drain, sourceOf } from './deliver.ts';
import { Workbench } from './workbench.ts';

const archive = syntheticArchive({ size: MiB + 12_345, seed: 'heals' });

async function start(archiveOf: ArchiveSource = archive) {
  const bench = await Workbench.start();
  const database = bench.scalingo.addDatabase({ app: 'shop', archive: archiveOf });
  return { bench, database, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

async function expectWhole({ bytes, error }: Delivered, of: ArchiveSource = archive): Promise<void> {
  expect(error).toBeUndefined();
  expect(bytes.equals(await archiveBytes(of))).toBe(true);
}

describe('a stall', () => {
  it('is no byte for so long while somebody waits: the download is asked for again', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads({ stallAfter: 100_000 }, { stallAfter: 0 });
    const delivered = await deliver(bench, database, { stallTimeout: 200 });
    await expectWhole(delivered);
    expect(bench.scalingo.count('download', database)).toBe(3);
  });

  it('is not a slow reader: a store that takes its time costs no connection', async () => {
    const big = syntheticArchive({ size: 6 * MiB, seed: 'slow store' });
    await using world = await start(big);
    const { bench, database } = world;
    const backup = database.addBackup();
    const source = sourceOf(bench.job(database).reader, backup.id, {
      expectedSize: big.size,
      stallTimeout: 100,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of source.bytes(calm())) {
      if (chunks.length % 8 === 5) await delay(350);
      chunks.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(chunks).equals(await archiveBytes(big))).toBe(true);
    expect(bench.scalingo.count('download', database)).toBe(1);
  });

  it('for good is given up, and says so', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.download = { stallAfter: 0 };
    const { error } = await deliver(bench, database, { stallTimeout: 60, maxAttempts: 2 });
    expect(error).toMatchObject({ code: 'archive.stalled', details: { stallTimeoutMs: 60, attempts: 2 } });
  });
});

describe('the end of the run', () => {
  const reason = new ArchiverError('shutdown.signal', 'stopped by SIGTERM');

  it('ends the wait between two attempts at once', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads({ cutAfter: 50_000 });
    const backup = database.addBackup();
    const clock = new FakeClock();
    const stop = new AbortController();
    const source = sourceOf(bench.job(database).reader, backup.id, { expectedSize: archive.size, clock });
    const draining = drain(source, stop.signal);
    while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(reason);
    expect((await draining).error).toBe(reason);
    expect(bench.scalingo.count('download', database)).toBe(1);
    expect(clock.sleeping).toBe(0);
  });

  it('ends a download that stands still at once, and closes its connection', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.download = { stallAfter: 50_000 };
    const backup = database.addBackup();
    const stop = new AbortController();
    const source = sourceOf(bench.job(database).reader, backup.id, { expectedSize: archive.size });
    const requested = bench.scalingo.nextRequest('download', database);
    const draining = drain(source, stop.signal);
    const { finished, ...asked } = await requested;
    expect({ finished, operation: asked.operation }).toEqual({ finished: false, operation: 'download' });
    stop.abort(reason);
    expect((await draining).error).toBe(reason);
  });

  it('finds a source that was never read: no connection is made', async () => {
    await using world = await start();
    const { bench, database } = world;
    const backup = database.addBackup();
    const source = sourceOf(bench.job(database).reader, backup.id);
    expect((await drain(source, AbortSignal.abort(reason))).error).toBe(reason);
    expect(bench.scalingo.count('archive', database)).toBe(0);
  });
});

describe('an error text in place of the archive', () => {
  it('is healed by the next attempt', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads(errorTextAnswer(), { answer: { status: 200, body: '' } });
    await expectWhole(await deliver(bench, database));
    expect(bench.scalingo.count('download', database)).toBe(3);
  });

  it('in the middle of a transfer is never part of it', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads({ cutAfter: 80_000 }, errorTextAnswer(), { cutAfter: 10 }, errorTextAnswer());
    await expectWhole(await deliver(bench, database));
  });

  it('for good is quoted', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.download = errorTextAnswer('fail to get archive from storage backend\n');
    const { error, bytes } = await deliver(bench, database, { maxAttempts: 3 });
    expect(error).toMatchObject({
      code: 'archive.not_gzip',
      message: expect.stringContaining('"fail to get archive from storage backend"'),
    });
    expect(bytes).toHaveLength(0);
    expect(bench.scalingo.count('download', database)).toBe(3);
  });

  it('that is empty is said to be', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.download = { answer: { status: 200, body: '' } };
    expect((await deliver(bench, database, { maxAttempts: 2 })).error).toMatchObject({
      code: 'archive.empty',
    });
  });
});
