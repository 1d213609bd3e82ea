import { describe, expect, it } from 'vitest';
import { reporterOf } from '../../src/check/finding.ts';
import { judgeBucket } from '../../src/check/judge-bucket.ts';
import type { BucketSettings, LifecycleRule } from '../../src/ports/store-inspection.ts';

const PLAIN: BucketSettings = {
  versioning: { value: 'off' },
  objectLock: { value: { enabled: false } },
  lifecycle: { value: [] },
};
const DEMANDS = { prefix: 'prod/', objectLock: false, hasPolicy: true };
const RULE: LifecycleRule = { name: 'tidy', prefix: '', isNarrowed: false, moves: [] };

/** The lines of an id, as `level: text`. */
function judged(
  id: string,
  settings: Partial<BucketSettings>,
  demands: Partial<typeof DEMANDS> = {},
  showsUploads?: boolean,
): string[] {
  const report = reporterOf('store', 'store');
  return judgeBucket(report, { ...PLAIN, ...settings }, { ...DEMANDS, ...demands }, showsUploads)
    .filter((line) => line.id === `store.${id}`)
    .map(({ level, says }) => `${level}: ${says}`);
}

const rules = (...changes: Partial<LifecycleRule>[]): Partial<BucketSettings> => ({
  lifecycle: { value: changes.map((change) => ({ ...RULE, ...change })) },
});

describe('a lifecycle rule that deletes', () => {
  const deletes = 'after 30 days';

  it.each(['', 'prod/', 'pr', 'prod/shop/'])('archives is a fault, with the prefix "%s"', (prefix) => {
    expect(judged('lifecycle.deletes', rules({ prefix, deletes }))).toEqual([
      'fail: the lifecycle rule "tidy" deletes archives after 30 days',
    ]);
    expect(judged('lifecycle', rules({ prefix, deletes }))).toEqual([]);
  });

  it.each(['logs/', 'production/', 'prod/.locks/'])('none is none, with the prefix "%s"', (prefix) => {
    expect(judged('lifecycle.deletes', rules({ prefix, deletes }))).toEqual([]);
    expect(judged('lifecycle', rules({ prefix, deletes }))).toEqual([
      'ok: no lifecycle rule deletes or moves archives',
    ]);
  });

  it('some archives is one as well', () => {
    expect(judged('lifecycle.deletes', rules({ deletes, isNarrowed: true }))).toEqual([
      'fail: the lifecycle rule "tidy" deletes some of the archives after 30 days',
    ]);
  });

  it('only older versions is none', () => {
    expect(judged('lifecycle.deletes', rules({ removesOldVersions: deletes }))).toEqual([]);
  });
});

it('a rule that moves archives is a warning where they have to be restored', () => {
  const move = (to: string, isCold: boolean) => rules({ moves: [{ to, when: 'after 7 days', isCold }] });
  expect(judged('lifecycle.moves', move('GLACIER', true))).toEqual([
    'warn: the lifecycle rule "tidy" moves archives to GLACIER after 7 days',
  ]);
  expect(judged('lifecycle.moves', move('STANDARD_IA', false))).toEqual([
    'ok: the lifecycle rule "tidy" moves archives to STANDARD_IA after 7 days, from where they can be read',
  ]);
});

describe('a rule that aborts unfinished uploads', () => {
  const aborts = rules({ abortsUploads: 'after 7 days' });

  it('is named', () => {
    expect(judged('lifecycle.uploads', aborts, {}, false)).toEqual([
      'ok: rule "tidy" aborts unfinished uploads after 7 days',
    ]);
  });

  it.each([
    [true, 'ok'],
    [false, 'warn'],
    // Where nothing could be tried, another fault says why.
    [undefined, 'ok'],
  ])('is missed where the store does not show them (%s)', (shows, level) => {
    expect(judged('lifecycle.uploads', {}, {}, shows)).toEqual([
      expect.stringMatching(`^${level}: no lifecycle rule aborts unfinished uploads`),
    ]);
  });

  it('does not count where it applies to some objects only', () => {
    const some = rules({ abortsUploads: 'after 7 days', isNarrowed: true });
    expect(judged('lifecycle.uploads', some, {}, false)).toEqual([expect.stringMatching('^warn')]);
  });
});

describe('versions', () => {
  const on: Partial<BucketSettings> = { versioning: { value: 'on' } };
  const removed = rules({ removesOldVersions: 'after 30 days' });

  it('stay, which is to be known where a policy deletes', () => {
    expect(judged('versioning', on)).toEqual([
      expect.stringMatching('^warn: versioning is on: what is deleted stays'),
    ]);
    expect(judged('versioning', on, { hasPolicy: false })).toEqual([expect.stringMatching('^ok')]);
  });

  it('go where a rule removes them', () => {
    expect(judged('versioning', { ...on, ...removed })).toEqual([
      'ok: versioning is on; rule "tidy" removes older versions after 30 days',
    ]);
  });

  it('are judged carefully where rules may not be read', () => {
    expect(judged('versioning', { ...on, lifecycle: { unknown: 'forbidden' } })).toEqual([
      expect.stringMatching('not known$'),
    ]);
  });
});

describe('Object Lock', () => {
  it('that is asked for has to be enabled', () => {
    expect(judged('object-lock', {}, { objectLock: true })).toEqual([expect.stringMatching('^fail')]);
    const enabled: Partial<BucketSettings> = { objectLock: { value: { enabled: true } } };
    expect(judged('object-lock', enabled, { objectLock: true })).toEqual(['ok: Object Lock is enabled']);
  });
});

it('what keys may not read is one warning that names it, and what the store does not know is none', () => {
  const forbidden = { unknown: 'forbidden', hint: 'grant it' } as const;
  const hidden = { versioning: forbidden, objectLock: forbidden, lifecycle: forbidden };
  expect(judged('settings', hidden)).toEqual([
    'warn: these keys may not read of the bucket: versioning, Object Lock, lifecycle rules',
  ]);
  const unknown = { unknown: 'unsupported' } as const;
  const foreign = { versioning: unknown, objectLock: unknown, lifecycle: unknown };
  expect(judged('settings', foreign)).toEqual([]);
  expect(judged('lifecycle', foreign)).toEqual(['ok: the store shows no lifecycle rules']);
});
