import { describe, expect, it } from 'vitest';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';
import type { Fault } from '../../sandbox/s3/failures.ts';
import type { StoreQuirks } from '../../sandbox/s3/options.ts';
import type { DownloadBehaviour } from '../../sandbox/scalingo/download-behaviour.ts';
import { ARCHIVES, JobFixture, MiB, PART } from './job-fixture.ts';

const WAYS: readonly [string, DownloadBehaviour][] = [
  ['in parallel', {}],
  ['as a stream', { range: 'ignore' }],
];
const archive = syntheticArchive({ size: 10 * MiB, seed: 'complete' });
const layout = { partSize: 8 * PART };

describe.each(WAYS)('the response to Complete is lost (%s)', (_, download) => {
  it.each<[string, Fault, Partial<StoreQuirks>]>([
    ['with the connection: asked again, the store says 404', { kind: 'lose-answer' }, {}],
    ['with the connection, at a store without checksums', { kind: 'lose-answer' }, { checksums: 'ignored' }],
    ['with the connection, at a store whose ETags are no MD5s', { kind: 'lose-answer' }, { etags: 'opaque' }],
    ['to a 500', { kind: 'error-after', code: 'InternalError' }, {}],
    ['to a 503', { kind: 'error-after', code: 'SlowDown' }, {}],
    [
      'to a 412: the object is there, and it is this one',
      { kind: 'error-after', code: 'PreconditionFailed' },
      {},
    ],
    ['to a 404: the upload is gone, and it was this one', { kind: 'error-after', code: 'NoSuchUpload' }, {}],
  ])('%s', async (_case, fault, quirks) => {
    await using fixture = await JobFixture.start({ archive, layout, s3: { quirks } });
    fixture.database.download = download;
    const lost = fixture.s3.fail({ ...ARCHIVES, operation: 'CompleteMultipartUpload', fault });
    await fixture.run();
    await fixture.expectOnlyArchive();
    expect(lost.hits).toBe(1);
  });

  it.each<[string, Fault]>([
    ['asked again, the store says 404', { kind: 'lose-answer' }],
    ['it is a 412', { kind: 'error-after', code: 'PreconditionFailed' }],
  ])(
    'and nothing tells the object from another: it is read back in the same run (%s)',
    async (_case, fault) => {
      const quirks = { checksums: 'ignored', etags: 'opaque' } as const;
      await using fixture = await JobFixture.start({ archive, layout, s3: { quirks } });
      fixture.database.download = download;
      fixture.s3.fail({ ...ARCHIVES, operation: 'CompleteMultipartUpload', fault });
      await fixture.run();
      expect(await fixture.expectOnlyArchive()).toMatchObject({ proof: 'read-back' });
    },
  );

  it.each<[string, boolean, string]>([
    ['no archive of ours: 412 is what it says', false, 's3.precondition_failed'],
    ['one of this backup: read back, it is none of this run', true, 'archive.damaged'],
  ])(
    'another object of its size is there, and nothing tells them apart, %s',
    async (_case, isMarked, code) => {
      const quirks = { checksums: 'ignored', etags: 'opaque' } as const;
      await using fixture = await JobFixture.start({ archive, layout, s3: { quirks } });
      fixture.database.download = download;
      const running = fixture.fail();
      const { key = '' } = await fixture.s3.seen({ ...ARCHIVES, operation: 'UploadPart' });
      const [, id = ''] = /_([^.]+)\./.exec(key) ?? [];
      const metadata = isMarked ? { 'backup-id': id } : {};
      fixture.s3.put(key, Buffer.alloc(archive.size, 7), { metadata });
      expect(await running).toMatchObject({ error: { code } });
      expect(fixture.keys()).toEqual([key]);
    },
  );

  it('answered with an error in a 200: nothing was done, and it is asked again', async () => {
    await using fixture = await JobFixture.start({ archive, layout });
    fixture.database.download = download;
    const fault: Fault = { kind: 'error-in-200', code: 'InternalError' };
    fixture.s3.fail({ ...ARCHIVES, operation: 'CompleteMultipartUpload', fault });
    await fixture.run();
    await fixture.expectOnlyArchive();
  });

  it('and another object is there: 412 is what it says', async () => {
    await using fixture = await JobFixture.start({ archive, layout });
    fixture.database.download = download;
    const running = fixture.fail();
    const { key = '' } = await fixture.s3.seen({ ...ARCHIVES, operation: 'UploadPart' });
    fixture.s3.put(key, 'somebody else was quicker');
    expect(await running).toMatchObject({ error: { code: 's3.precondition_failed' } });
    expect(fixture.keys()).toEqual([key]);
  });
});

describe('the response to the PUT of the manifest', () => {
  const MANIFEST = { operation: 'PutObject', key: /\.manifest\.json$/ } as const;

  it.each<[string, Fault]>([
    ['is lost five times', { kind: 'lose-answer' }],
    ['is a 500 five times', { kind: 'error-after', code: 'InternalError' }],
    ['is a 412 five times', { kind: 'error-after', code: 'PreconditionFailed' }],
  ])('%s, and it is there: the run says done', async (_, fault) => {
    await using fixture = await JobFixture.start({ archive, layout });
    fixture.s3.fail({ ...MANIFEST, fault, times: 5 });
    await fixture.run();
    await fixture.expectOnlyArchive();
  });

  it('says no, and it is not there: that is the error', async () => {
    await using fixture = await JobFixture.start({ archive, layout });
    fixture.s3.fail({ ...MANIFEST, fault: { kind: 'error', code: 'AccessDenied' }, times: 5 });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.forbidden' } });
  });

  it('is a web page each time: the run never says done', async () => {
    await using fixture = await JobFixture.start({ archive, layout });
    fixture.s3.fail({ ...MANIFEST, fault: { kind: 'foreign', body: '<html></html>' }, times: 50 });
    expect(await fixture.fail()).toMatchObject({ error: { code: 's3.foreign_response' } });
    expect(fixture.keys()).toHaveLength(1);
  });
});
