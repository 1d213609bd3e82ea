import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { FailureSpec } from '../../sandbox/s3/failures.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import { archiveDatabase } from '../../src/run/archive-database.ts';
import { calm, MiB, rejectionOf } from '../stores/s3/store-fixture.ts';
import { Workbench } from './workbench.ts';

/** Several parts, and one PutObject. */
const SIZES = [5 * MiB + 60_000, 60_000];
const OPERATIONS = [
  'CreateMultipartUpload',
  'UploadPart',
  'CompleteMultipartUpload',
  'PutObject',
  'HeadObject',
  'ListObjectsV2',
  'ListMultipartUploads',
  'AbortMultipartUpload',
  'ListParts',
] as const;

/**
 * Whatever is lost at the store and wherever the run dies, one run more brings the archive home: the same
 * backup, one object, one manifest, nothing under way.
 */
describe.each(SIZES)('an archive of %i bytes', (size) => {
  const archive = syntheticArchive({ size, seed: `once ${size}` });

  async function expectOneAfterNextRun(bench: Workbench): Promise<void> {
    const [database] = [...bench.scalingo.databases.values()];
    if (database === undefined) throw new Error('there is no database');
    if (!(await bench.holdsOnly(archive))) await archiveDatabase(bench.job(database), calm());
    else await archiveDatabase(bench.job(database, { mode: 'latest' }), calm());
    expect(await bench.holdsOnly(archive)).toBe(true);
    expect(database.backups).toHaveLength(1);
  }

  async function start(): Promise<Workbench> {
    const bench = await Workbench.start({ store: { partSize: 5 * MiB } });
    bench.scalingo.addDatabase({ app: 'shop', archive });
    return bench;
  }

  const firstRun = (bench: Workbench, signal = calm()) => {
    const [database] = [...bench.scalingo.databases.values()];
    if (database === undefined) throw new Error('there is no database');
    return archiveDatabase(bench.job(database), signal);
  };

  it.each(OPERATIONS)('is stored once although answers to %s are lost', async (operation) => {
    await using bench = await start();
    bench.s3.fail({ operation, fault: { kind: 'lose-answer' } });
    await firstRun(bench).catch(() => {});
    await expectOneAfterNextRun(bench);
  });

  it.each(OPERATIONS)('is stored once although %s is refused for good', async (operation) => {
    await using bench = await start();
    const script = bench.s3.fail({
      operation,
      skip: 1,
      fault: { kind: 'error', code: 'AccessDenied' },
      times: Number.POSITIVE_INFINITY,
    });
    const error = await firstRun(bench).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (script.hits > 0 && error !== undefined) expect(error).toMatchObject({ code: 's3.forbidden' });
    script.cancel();
    await expectOneAfterNextRun(bench);
  });

  const MOMENTS: readonly (readonly [string, Pick<FailureSpec, 'operation' | 'key' | 'skip'>])[] = [
    ['the probe begins', { operation: 'CreateMultipartUpload', key: /write-probe/ }],
    ['the bucket is listed', { operation: 'ListObjectsV2' }],
    ['the object is begun', { operation: 'CreateMultipartUpload', key: /_[0-9a-f]{24}\.tar/ }],
    ['the object is completed', { operation: 'CompleteMultipartUpload', key: /tar\.gz$/ }],
    ['the probe looks', { operation: 'HeadObject' }],
    ['it is looked whether it is new', { operation: 'HeadObject', key: /_[0-9a-f]{24}\.tar/ }],
    ['it is looked at', { operation: 'HeadObject', key: /_[0-9a-f]{24}\.tar/, skip: 1 }],
    ['the manifest is written', { operation: 'PutObject', key: /manifest/ }],
  ];

  it.each(MOMENTS)('is stored once although the run is stopped when %s', async (_, at) => {
    await using bench = await start();
    const reason = new ArchiverError('shutdown.signal', 'stopped by SIGTERM');
    const stop = new AbortController();
    // Done at the store, and the response never comes.
    bench.s3.fail({ ...at, fault: { kind: 'hang', after: 'done' } });
    const filter = {
      ...(at.operation === undefined ? {} : { operation: at.operation }),
      ...(at.key === undefined ? {} : { key: at.key }),
    };
    const seen = bench.s3.seen(filter, (at.skip ?? 0) + 1);
    const run = rejectionOf(firstRun(bench, stop.signal));
    await seen;
    stop.abort(reason);
    expect(await run).toBe(reason);
    expect(await bench.manifests().then((all) => all.length)).toBeLessThanOrEqual(
      String(at.key) === '/manifest/' ? 1 : 0,
    );
    await expectOneAfterNextRun(bench);
  });
});
