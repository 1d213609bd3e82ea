import { describe, expect, it } from 'vitest';
import { type ArchiveSource, archiveBytes } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { cuts } from '../../sandbox/scalingo/download-behaviour.ts';
import { notFound, serverError } from '../../sandbox/scalingo/fault.ts';
import { calm, MiB } from '../stores/s3/store-fixture.ts';
import { type Delivered, deliver, sourceOf } from './deliver.ts';
import { Workbench } from './workbench.ts';

const archive = syntheticArchive({ size: MiB + 12_345, seed: 'heals' });
const UNKNOWN = { expectedSize: null };

async function start(archiveOf: ArchiveSource = archive) {
  const bench = await Workbench.start();
  const database = bench.scalingo.addDatabase({ app: 'shop', archive: archiveOf });
  return { bench, database, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

async function expectWhole({ bytes, error }: Delivered, of: ArchiveSource = archive): Promise<void> {
  expect(error).toBeUndefined();
  expect(bytes.equals(await archiveBytes(of))).toBe(true);
}

describe('a download that breaks', () => {
  it.each<[string, DownloadBehaviour, object]>([
    ['with Range', {}, {}],
    ['with a weak ETag', { etag: 'weak' }, {}],
    ['without a validator', { etag: 'none' }, {}],
    ['with Last-Modified alone', { etag: 'none', lastModified: true }, {}],
    ['without Range', { range: 'ignore' }, {}],
    ['from a server that refuses Range', { range: 'refuse' }, {}],
    ['in chunks', { framing: 'chunked' }, {}],
    ['in chunks, its size unknown', { framing: 'chunked' }, UNKNOWN],
    ['in chunks without Range, its size unknown', { framing: 'chunked', range: 'ignore' }, UNKNOWN],
    ['with a length, its size unknown', {}, UNKNOWN],
    ['by resets, with neither length nor chunks', { framing: 'close' }, {}],
    ['by resets', { cutBy: 'reset' }, {}],
    ['and is redirected', { redirect: 'cross-origin' }, {}],
  ])('%s goes on to the last byte', async (_, behaviour, options) => {
    await using world = await start();
    const { bench, database } = world;
    const isWhole = behaviour.range === 'ignore' || behaviour.range === 'refuse';
    const step = 200_000;
    database.download = behaviour;
    database.nextDownloads(...[1, 2, 3].flatMap((n) => cuts(1, isWhole ? n * step : step, behaviour)));
    const delivered = await deliver(bench, database, options);
    await expectWhole(delivered);
    expect(bench.scalingo.count('download', database)).toBeGreaterThanOrEqual(4);
  });

  it('sends If-Range with a strong validator only', async () => {
    for (const [etag, expected] of [
      ['strong', `"${archive.validator}"`],
      ['weak', undefined],
    ] as const) {
      await using world = await start();
      const { bench, database } = world;
      database.download = { etag };
      database.nextDownloads({ etag, cutAfter: 5000 });
      await expectWhole(await deliver(bench, database));
      const [, again] = bench.scalingo.requestsOf('download', database);
      expect(again?.headers).toMatchObject({ range: 'bytes=5000-' });
      expect(again?.headers['if-range']).toBe(expected);
    }
  });

  it('is asked for with a fresh link each time', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.links = { lifetimeMs: 60_000, oneTime: true, refusedStatus: 410 };
    database.nextDownloads(...cuts(3, 100_000));
    await expectWhole(await deliver(bench, database));
    expect(bench.scalingo.count('archive', database)).toBeGreaterThanOrEqual(4);
  });

  it('is never given up while it moves', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads(...cuts(20, 50_000));
    await expectWhole(await deliver(bench, database, { maxAttempts: 2 }));
    expect(bench.scalingo.count('download', database)).toBe(21);
  });

  it('is given up after so many attempts in a row without a byte, and says how far it came', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads({ cutAfter: 70_000 });
    database.download = { cutAfter: 0 };
    const { error, bytes } = await deliver(bench, database, { maxAttempts: 3 });
    expect(error).toMatchObject({
      code: 'archive.source_failed',
      message: expect.stringContaining('3 attempts in a row without progress at byte 70000'),
      hint: expect.any(String),
      details: { attempts: 3, bytes: 70_000 },
    });
    expect(bytes).toHaveLength(70_000);
  });

  it('and whose link cannot be had for a while goes on later', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads({ cutAfter: 70_000 });
    const backup = database.addBackup();
    const source = sourceOf(bench.job(database).reader, backup.id, { expectedSize: archive.size });
    const chunks: Buffer[] = [];
    for await (const chunk of source.bytes(calm())) {
      // Longer than the client's own tries.
      if (chunks.length === 0) database.fail('archive', serverError(503), 7);
      chunks.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(chunks).equals(await archiveBytes(archive))).toBe(true);
  });

  it('of a backup that is gone ends once that was said twice', async () => {
    await using world = await start();
    const { bench, database } = world;
    database.nextDownloads({ cutAfter: 70_000 });
    database.fail('archive', [{ kind: 'pass' }, notFound('backup'), notFound('backup')]);
    const { error } = await deliver(bench, database);
    expect(error).toMatchObject({ code: 'scalingo.not_found' });
    expect(bench.scalingo.count('archive', database)).toBe(3);
  });
});
