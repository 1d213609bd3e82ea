import { describe, expect, test } from 'vitest';
import { DAY } from '../support/database-job.ts';
import { ADDON, RetentionBench, upTo } from './retention-bench.ts';

describe('a policy that is carried out', () => {
  test('leaves what it keeps, says what it did, and with which reasons', async () => {
    await using bench = await RetentionBench.start({ policy: { keepDaily: 5, keepMonthly: 3 } });
    bench.seed(upTo(12));
    const { deleted } = await bench.prune({ force: true });
    // The oldest stands for the months that have not passed yet.
    expect(bench.nights()).toEqual([0, 1, 2, 3, 4, 11]);
    expect(deleted.map(({ backupId }) => backupId)).toEqual(
      [10, 9, 8, 7, 6, 5].map((days) => bench.identity(days).backupId),
    );
    expect(bench.s3.keys()).toHaveLength(12);
    expect(bench.named('retention.planned')[0]?.fields).toEqual({
      archives: 12,
      keep: 6,
      remove: 6,
      retained: 0,
      reasons: { daily: 5, monthly: 2, minKeep: 1, newest: 1, 'no rule keeps it': 6 },
    });
    expect(bench.named('retention.deleted').map(({ fields }) => fields.key)).toEqual(
      [10, 9, 8, 7, 6, 5].map((days) => bench.key(days)),
    );
  });

  test('deletes nothing while the newest archive is suspicious, unless a person says so', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 3 }, allowMassDeletion: true });
    bench.seed(upTo(9).slice(1));
    bench.seed([0], 'shop', ADDON, 40);
    expect((await bench.prune()).deleted).toEqual([]);
    expect(bench.nights()).toEqual(upTo(9));
    expect(bench.named('retention.planned')[0]?.fields).toMatchObject({
      keep: 9,
      remove: 0,
      reasons: { 'the newest is suspicious': 6 },
    });
    expect(await bench.prune()).toMatchObject({ isHeldBack: true });
    // Half a deletion of earlier on is left as well: it is a whole archive but for its manifest.
    const left = bench.seedUnproven(20, 3 * DAY);
    await bench.prune();
    expect(bench.s3.keys()).toContain(left);
    expect(await bench.prune({ force: true })).toMatchObject({ isHeldBack: false });
    expect(bench.nights()).toEqual([0, 1, 2]);
    expect(bench.s3.keys()).not.toContain(left);
  });

  test('takes each manifest before its object, and again removes nothing', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 } });
    bench.seed(upTo(4));
    await bench.prune();
    const deletes = bench.s3.requested({ operation: 'DeleteObject' }).map(({ key }) => key);
    expect(deletes).toEqual([bench.manifestKey(3), bench.key(3), bench.manifestKey(2), bench.key(2)]);
    expect(await bench.prune()).toMatchObject({ deleted: [], retained: [], leftAlone: [] });
  });

  test('touches no key that is not its database’s own', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 1 }, allowMassDeletion: true });
    bench.seed(upTo(5));
    bench.seed(upTo(5), 'gone');
    const foreign = [
      'shop/readme.txt',
      `${bench.key(9)}.part`,
      `old/${bench.key(9)}`,
      'shop/2025-02-31T00-00-00Z_abc.tar.gz',
      `shop-2/${bench.key(9).slice(5)}`,
    ];
    for (const key of foreign) bench.s3.put(key, 'x', { lastModified: new Date(0) });
    await bench.prune();
    expect(bench.nights()).toEqual([0]);
    const left = bench.s3.keys();
    expect(left).toEqual(expect.arrayContaining(foreign));
    expect(left.filter((key) => key.startsWith('gone/'))).toHaveLength(10);
  });

  test('asks nothing of the store where there is none', async () => {
    await using bench = await RetentionBench.start({ policy: { minKeep: 3 } });
    bench.seed(upTo(5));
    await bench.prune({ force: true });
    expect(bench.s3.requests).toEqual([]);
  });
});

describe('the guards', () => {
  test('minKeep stays, whatever the rules say', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 1, minKeep: 4 } });
    bench.seed(upTo(8));
    await bench.prune();
    expect(bench.nights()).toEqual([0, 1, 2, 3]);
  });

  test.each([
    ['is not of its size', { size: 1 }],
    ['has a manifest that is no JSON', '<html>'],
    ['has a manifest of a later version', '{"version":99}'],
    ['speaks of another backup', undefined],
  ])('the newest good one stays where the newest %s', async (_, manifest) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 }, allowMassDeletion: true });
    bench.seed(upTo(6));
    for (const days of [0, 1]) {
      if (manifest !== undefined) bench.replaceManifest(days, manifest);
      else bench.s3.put(bench.manifestKey(days), await bench.s3.read(bench.manifestKey(5)));
    }
    await bench.prune();
    expect(bench.nights()).toEqual([0, 1, 2]);
    expect(bench.named('retention.bad_archive')).toHaveLength(2);
    expect(bench.named('retention.planned')[0]?.fields).toMatchObject({
      keep: 3,
      remove: 3,
      reasons: { 'newest good': 1, 'no rule keeps it': 3 },
    });
  });

  test('where none is good nothing goes', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 1 } });
    bench.seed(upTo(3));
    for (const days of upTo(3)) bench.replaceManifest(days, { size: 1 });
    await expect(bench.prune({ force: true })).rejects.toMatchObject({ code: 'retention.no_good_archive' });
    expect(bench.nights()).toEqual([0, 1, 2]);
  });

  test('more than half at once is refused, half is not', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 3 } });
    bench.seed(upTo(7));
    await expect(bench.prune()).rejects.toMatchObject({
      code: 'retention.refused',
      message: expect.stringContaining('4 of 7'),
      hint: expect.stringMatching(/prune --dry-run.*prune --yes/),
    });
    expect(bench.nights()).toEqual(upTo(7));
    expect(bench.s3.requested({ operation: 'DeleteObject' })).toEqual([]);
    await bench.s3.lose(bench.key(6));
    await bench.s3.lose(bench.manifestKey(6));
    await bench.prune();
    expect(bench.nights()).toEqual([0, 1, 2]);
  });

  test.each([
    ['--yes', { allowMassDeletion: false }, { force: true }],
    ['retention.allowMassDeletion', { allowMassDeletion: true }, {}],
  ])('more than half goes with %s', async (_, options, asked) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 1 }, ...options });
    bench.seed(upTo(7));
    await bench.prune(asked);
    expect(bench.nights()).toEqual([0]);
  });

  test('archives of another addon under this name: nothing goes', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 1 } });
    bench.seed(upTo(2), 'shop', 'ad-99999999-2222-3333-4444-555555555555');
    await expect(bench.prune()).rejects.toMatchObject({ code: 'archive.foreign_addon' });
    expect(bench.nights()).toEqual([0, 1]);
  });

  test.each([
    ['of another addon', { addonId: 'ad-99999999-2222-3333-4444-555555555555' }],
    ['that cannot be read', '{"version":99}'],
  ])('a single archive with a manifest %s is left alone, and the others go', async (_, manifest) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 3 } });
    bench.seed(upTo(6));
    bench.replaceManifest(4, manifest);
    const { leftAlone } = await bench.prune();
    expect(leftAlone.map(({ key }) => key)).toEqual([bench.key(4)]);
    expect(bench.nights()).toEqual([0, 1, 2, 4]);
  });
});

describe('a listing', () => {
  const pages = { quirks: { maxKeys: 7 } };

  test.each([1, 2, 4, 5])('that fails on page %i deletes nothing', async (page) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 10 }, s3: pages });
    bench.seed(upTo(14));
    bench.s3.fail({
      operation: 'ListObjectsV2',
      skip: page - 1,
      fault: { kind: 'error', code: 'AccessDenied' },
    });
    await expect(bench.prune()).rejects.toMatchObject({ code: 's3.forbidden' });
    expect(bench.nights()).toEqual(upTo(14));
  });

  test.each([1, 2, 3, 4].flatMap((page) => [0, 1, 4].map((entries) => [page, entries] as const)))(
    'that comes back short on page %i, after %i keys, deletes nothing',
    async (page, entries) => {
      await using bench = await RetentionBench.start({ policy: { keepLast: 10 }, s3: pages });
      bench.seed(upTo(14));
      const fault = { kind: 'short-listing', entries } as const;
      bench.s3.fail({ operation: 'ListObjectsV2', skip: page - 1, fault });
      const pruned = await bench.prune().catch((error: unknown) => error);
      expect(bench.nights()).toEqual(upTo(14));
      expect(bench.s3.requested({ operation: 'DeleteObject' })).toEqual([]);
      // A first page without a key is how an empty folder looks: there is nothing to delete in it.
      if (page > 1 || entries > 0) expect(pruned).toMatchObject({ code: 'retention.doubtful_listing' });
    },
  );
});

test('a deletion that fails ends there: the newer half is left, and the next run goes on', async () => {
  await using bench = await RetentionBench.start({ policy: { keepLast: 4 } });
  bench.seed(upTo(8));
  bench.s3.fail({
    operation: 'DeleteObject',
    key: bench.manifestKey(5),
    fault: { kind: 'error', code: 'AccessDenied' },
  });
  await expect(bench.prune()).rejects.toMatchObject({ code: 's3.forbidden' });
  expect(bench.nights()).toEqual([0, 1, 2, 3, 4, 5]);
  await bench.prune();
  expect(bench.nights()).toEqual([0, 1, 2, 3]);
});

test('manifests that have lost their archive are reported, and left', async () => {
  await using bench = await RetentionBench.start({ policy: { keepLast: 5 } });
  bench.seed(upTo(5));
  await bench.s3.lose(bench.key(2));
  await bench.prune();
  expect(bench.named('archive.dangling')).toMatchObject([
    { level: 'warn', fields: { count: 1, keys: [bench.manifestKey(2)] } },
  ]);
  expect(bench.s3.keys()).toContain(bench.manifestKey(2));
});
