import { describe, expect, it } from 'vitest';
import { reporterOf } from '../../src/check/finding.ts';
import { type BucketDemands, judgeBucket } from '../../src/check/judge-bucket.ts';
import type { BucketSettings, LifecycleRule } from '../../src/ports/store-inspection.ts';

const PLAIN: BucketSettings = {
  versioning: { value: 'off' },
  objectLock: { value: { enabled: false } },
  lifecycle: { value: [] },
};
const DEMANDS: BucketDemands = {
  prefix: 'prod/',
  databases: ['shop', 'blog'],
  tags: { team: 'data' },
  objectLock: false,
  hasPolicy: true,
};
const RULE: LifecycleRule = { name: 'tidy', prefix: '', narrowedTo: undefined, moves: [] };
/** Of objects that no archive is known to be. */
const LARGE = { tags: {}, bySize: true };

/** The lines of an id, as `level: text`. */
function judged(
  id: string,
  settings: Partial<BucketSettings>,
  demands: Partial<BucketDemands> = {},
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

  it.each(['', 'prod/', 'pr', 'prod/shop/', 'prod/blog/2026', 'prod/s'])(
    'archives is a fault, with the prefix "%s"',
    (prefix) => {
      expect(judged('lifecycle.deletes', rules({ prefix, deletes }))).toEqual([
        'fail: the lifecycle rule "tidy" deletes archives after 30 days',
      ]);
      expect(judged('lifecycle', rules({ prefix, deletes }))).toEqual([]);
    },
  );

  it.each(['logs/', 'production/', 'prod/.locks/', 'prod/logs/', 'prod/shopping/', 'prod/shop2'])(
    'none is none, with the prefix "%s"',
    (prefix) => {
      expect(judged('lifecycle.deletes', rules({ prefix, deletes }))).toEqual([]);
      expect(judged('lifecycle', rules({ prefix, deletes }))).toEqual([
        'ok: no lifecycle rule deletes or moves archives',
      ]);
    },
  );

  it.each([
    ['logs/', []],
    ['shop/', [expect.stringMatching('^fail')]],
  ])('is judged by the folders of the databases, where there is no prefix ("%s")', (prefix, expected) => {
    expect(judged('lifecycle.deletes', rules({ prefix, deletes }), { prefix: '' })).toEqual(expected);
  });

  it.each([
    ['a size', LARGE],
    ['a tag that archives do not have', { tags: { kind: 'log' }, bySize: false }],
    ['another value of a tag', { tags: { team: 'web' }, bySize: false }],
    ['a tag of archives and another', { tags: { team: 'data', kind: 'log' }, bySize: false }],
    ['a tag of archives and a size', { tags: { team: 'data' }, bySize: true }],
  ])('objects of %s is a warning', (_, narrowedTo) => {
    expect(judged('lifecycle.deletes', rules({ deletes, narrowedTo }))).toEqual([
      'warn: the lifecycle rule "tidy" deletes objects of certain tags or sizes after 30 days; whether archives are such is not known',
    ]);
  });

  it('objects of a tag that archives have is a fault', () => {
    const narrowedTo = { tags: { team: 'data' }, bySize: false };
    expect(judged('lifecycle.deletes', rules({ deletes, narrowedTo }))).toEqual([
      'fail: the lifecycle rule "tidy" deletes archives after 30 days',
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

  it.each([
    ['prod/', 'ok'],
    ['prod/shop/', 'warn'],
  ])('counts where it applies to all databases ("%s")', (prefix, level) => {
    const some = rules({ abortsUploads: 'after 7 days', prefix });
    expect(judged('lifecycle.uploads', some, {}, false)).toEqual([expect.stringMatching(`^${level}`)]);
  });

  it('counts where it applies to the only database', () => {
    const some = rules({ abortsUploads: 'after 7 days', prefix: 'prod/shop/' });
    expect(judged('lifecycle.uploads', some, { databases: ['shop'] }, false)).toEqual([
      'ok: rule "tidy" aborts unfinished uploads after 7 days',
    ]);
  });

  it('does not count where it applies to some objects only', () => {
    const some = rules({ abortsUploads: 'after 7 days', narrowedTo: LARGE });
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
