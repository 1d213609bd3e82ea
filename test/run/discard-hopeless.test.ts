import { describe, expect, it } from 'vitest';
import { ArchiverError, IntegrityError, SourceError, StoreError } from '../../src/model/errors.ts';
import { discardHopeless } from '../../src/run/transfer/discard-hopeless.ts';
import { DIRECT, type Wire } from '../simulation/wire.ts';
import { calm, rejectionOf } from '../support/outcomes.ts';
import { unfinished } from './unfinished-uploads.ts';

const operation = 'GET download';

/** Fails with `error` while two uploads are unfinished. @returns which of them are left */
async function leftAfter(error: unknown, options?: { evenWithParts: boolean }): Promise<string[]> {
  const at = unfinished();
  const names = new Map([
    [at.begin([1]), 'with a part'],
    [at.begin([]), 'without'],
  ]);
  await discardHopeless(at.job, at.uploads(), error, calm(), options);
  const left = at.uploads().map(({ uploadId }) => names.get(uploadId) ?? '');
  expect(at.events.filter(({ event }) => event === 'upload.aborted')).toHaveLength(2 - left.length);
  return left;
}

describe('unfinished uploads, after a failure', () => {
  it.each<[string, unknown]>([
    ['the source has another archive', new IntegrityError('archive.source_changed', 'another size')],
    [
      'the source has the archive no more',
      new SourceError('scalingo.not_found', '404', { operation, kind: 'not-found' }),
    ],
    [
      'the archive is too large',
      new StoreError('s3.failed', 'EntityTooLarge', { operation, kind: 'too-large' }),
    ],
    [
      'the store refuses the upload',
      new StoreError('s3.failed', 'InvalidPart', { operation, kind: 'rejected' }),
    ],
  ])('are removed where %s', async (_, error) => {
    expect(await leftAfter(error)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['the source breaks off', new IntegrityError('archive.source_failed', 'cut')],
    ['the source stalls', new IntegrityError('archive.stalled', 'no byte')],
    [
      'the source is away',
      new SourceError('scalingo.network', 'ECONNREFUSED', { operation, retryable: true }),
    ],
    ['the object is not there', new StoreError('s3.not_found', '404', { operation, kind: 'not-found' })],
    ['the lease is lost', new ArchiverError('lock.lost', 'lost')],
    ['it is a defect', new TypeError('undefined is not a function')],
  ])('are kept where %s', async (_, error) => {
    expect(await leftAfter(error)).toEqual(['with a part', 'without']);
  });

  it.each(['archive.not_gzip', 'archive.empty', 'archive.truncated'] as const)(
    'are kept where they have a part, and the source may be in trouble: %s',
    async (code) => {
      const error = new IntegrityError(code, 'an error text');
      expect(await leftAfter(error)).toEqual(['with a part']);
      expect(await leftAfter(error, { evenWithParts: true })).toEqual([]);
    },
  );

  it('say why they were removed', async () => {
    const at = unfinished();
    at.begin([]);
    await discardHopeless(at.job, at.uploads(), new IntegrityError('archive.empty', 'no byte'), calm());
    expect(at.events).toMatchObject([
      {
        level: 'info',
        event: 'upload.aborted',
        fields: { backupId: 'b1', reason: 'nothing could finish it' },
      },
    ]);
  });

  it('that have gone meanwhile do not keep the others', async () => {
    const at = unfinished();
    const gone = at.begin([1]);
    at.begin([]);
    const listed = at.uploads();
    at.bucket.uploads.delete(gone);
    await discardHopeless(at.job, listed, new IntegrityError('archive.empty', 'no byte'), calm());
    expect(at.uploads()).toEqual([]);
    expect(at.events).toHaveLength(2);
  });

  it.each<[string, Error, unknown]>([
    [
      'is away: the failure before is the one to report',
      new StoreError('s3.network', 'cut', { operation }),
      undefined,
    ],
    ['meets a defect', new TypeError('undefined is not a function'), TypeError],
  ])('the store %s', async (_, failure, thrown) => {
    const call: Wire['call'] = () => Promise.reject(failure);
    const at = unfinished({ wire: { ...DIRECT, call } });
    at.begin([]);
    const done = discardHopeless(
      at.job,
      at.uploads(),
      new IntegrityError('archive.empty', 'no byte'),
      calm(),
    );
    if (thrown === undefined) await done;
    else expect(await rejectionOf(done)).toBe(failure);
  });
});
