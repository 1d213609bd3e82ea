import { describe, expect, test } from 'vitest';
import { DAY } from '../support/database-job.ts';
import { NOW, RetentionBench, upTo } from './retention-bench.ts';

const REFUSED = {
  kind: 'error',
  code: 'AccessDenied',
  message: 'Access Denied because object protected by object lock.',
} as const;

describe('what Object Lock holds is retained, and no failure', () => {
  test.each([
    ['until a time to come', new Date(NOW + DAY), new Date(NOW + DAY).toISOString()],
    ['by a legal hold', 'legal hold', 'legal hold'],
  ] as const)('where a HEAD tells, %s', async (_, until, shown) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 }, s3: { objectLock: true } });
    bench.seed(upTo(4));
    await bench.putLocked(3, until);
    const before = await bench.s3.read(bench.manifestKey(3));
    const { retained, deleted } = await bench.prune();
    expect(retained.map(({ key }) => key)).toEqual([bench.key(3)]);
    expect(deleted.map(({ key }) => key)).toEqual([bench.key(2)]);
    expect(bench.nights()).toEqual([0, 1, 3]);
    expect(await bench.s3.read(bench.manifestKey(3))).toEqual(before);
    expect(bench.named('retention.retained')).toMatchObject([
      { level: 'info', fields: { key: bench.key(3), lockedUntil: shown } },
    ]);
  });

  test('until its time has passed', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 }, s3: { objectLock: true } });
    bench.seed(upTo(4));
    await bench.putLocked(3, new Date(NOW + DAY));
    await bench.prune();
    bench.clock.set(NOW + 2 * DAY);
    const { deleted } = await bench.prune();
    expect(deleted.map(({ key }) => key)).toEqual([bench.key(3)]);
    expect(bench.nights()).toEqual([0, 1]);
  });

  test('where only the deletion is refused: the manifest is put back as it was', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 } });
    bench.seed(upTo(4));
    bench.s3.fail({ operation: 'DeleteObject', key: bench.key(3), fault: REFUSED });
    const before = JSON.parse((await bench.s3.read(bench.manifestKey(3))).toString());
    const { retained } = await bench.prune();
    expect(retained.map(({ key }) => key)).toEqual([bench.key(3)]);
    expect(bench.nights()).toEqual([0, 1, 3]);
    expect(JSON.parse((await bench.s3.read(bench.manifestKey(3))).toString())).toEqual(before);
    expect(bench.named('retention.deleted').map(({ fields }) => fields.key)).toEqual([bench.key(2)]);
  });

  test('also when the signal comes while the deletion is being refused', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 } });
    bench.seed(upTo(4));
    const stopping = new AbortController();
    bench.s3.fail({ operation: 'DeleteObject', key: bench.key(3), fault: REFUSED });
    bench.s3.seen({ operation: 'PutObject', key: bench.manifestKey(3) }).then(
      () => stopping.abort(new Error('stop')),
      () => {},
    );
    await bench.prune({}, stopping.signal).catch(() => {});
    expect(bench.nights()).toEqual([0, 1, 2, 3]);
  });

  test('where the lock is on the manifest too', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 } });
    bench.seed(upTo(4));
    bench.s3.fail({ operation: 'DeleteObject', key: bench.manifestKey(3), fault: REFUSED });
    const { retained } = await bench.prune();
    expect(retained.map(({ key }) => key)).toEqual([bench.key(3)]);
    expect(bench.nights()).toEqual([0, 1, 3]);
  });
});

describe('the guard against deleting more than half', () => {
  const start = (policy: { keepLast: number }) =>
    RetentionBench.start({ policy, s3: { objectLock: true, versioning: true } });

  test('does not count what is locked: night after night, and the rest goes', async () => {
    await using bench = await start({ keepLast: 2 });
    bench.seed(upTo(6));
    for (const night of [2, 3, 4]) await bench.putLocked(night, new Date(NOW + DAY));
    const { retained, deleted } = await bench.prune();
    expect(retained.map(({ key }) => key)).toEqual([2, 3, 4].map((night) => bench.key(night)));
    expect(deleted.map(({ key }) => key)).toEqual([bench.key(5)]);
    expect(bench.named('retention.planned')[0]?.fields).toMatchObject({
      archives: 6,
      keep: 2,
      remove: 1,
      retained: 3,
      reasons: { 'no rule keeps it': 4, 'locked until': 3 },
    });
    const again = await bench.prune();
    expect(again.retained).toHaveLength(3);
    bench.clock.set(NOW + 2 * DAY);
    await expect(bench.prune()).rejects.toMatchObject({ code: 'retention.refused' });
  });

  test('counts the others: a lock does not let a slip in the policy pass', async () => {
    await using bench = await start({ keepLast: 1 });
    bench.seed(upTo(8));
    for (const night of [3, 4, 5, 6, 7]) await bench.putLocked(night, 'legal hold');
    const error = await bench.prune().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'retention.refused', details: { total: 3, remove: 2, retained: 5 } });
    expect((error as Error).message).toContain('2 of 3 archives');
    expect((error as Error).message).toContain('5 more that Object Lock holds are not counted');
    expect(bench.nights()).toEqual(upTo(8));
  });

  test('asks about the locks of what would go, once each, and of no other archive', async () => {
    await using bench = await start({ keepLast: 2 });
    bench.seed(upTo(4));
    await bench.prune();
    const asked = bench.s3.requested({ operation: 'HeadObject' }).map(({ key }) => key);
    expect(asked.sort()).toEqual([bench.key(3), bench.key(2)].sort());
  });

  test('asks a hundred that have none and stops; what is held below is found before it is deleted', async () => {
    await using bench = await RetentionBench.start({
      policy: { keepLast: 2 },
      s3: { objectLock: true, versioning: true },
    });
    bench.seed(upTo(130));
    await bench.putLocked(120, 'legal hold');
    const { retained, deleted } = await bench.prune({ force: true });
    expect(bench.named('retention.planned')[0]?.fields).toMatchObject({ remove: 128, retained: 0 });
    expect(retained.map(({ key }) => key)).toEqual([bench.key(120)]);
    expect(deleted).toHaveLength(127);
    expect(bench.nights()).toEqual([0, 1, 120]);
    const asked = bench.s3.requested({ operation: 'HeadObject' }).map(({ key }) => key);
    expect(new Set(asked).size).toBe(128);
    expect(asked).toHaveLength(128);
  });

  test('has a hint that does not speak of switching it off', async () => {
    await using bench = await start({ keepLast: 1 });
    bench.seed(upTo(4));
    const error = (await bench.prune().catch((thrown: unknown) => thrown)) as { hint: string };
    expect(error.hint).toContain('prune --dry-run');
    expect(error.hint).toContain('prune --yes');
    expect(error.hint).not.toMatch(/allowMassDeletion|ALLOW_MASS_DELETION/);
  });
});

describe('a refusal', () => {
  test.each([
    ['AWS', 'AccessDenied', 403, 'Access Denied because object protected by object lock.'],
    ['MinIO', 'InvalidRequest', 400, 'Object is WORM protected and cannot be overwritten'],
    ['versitygw', 'InvalidRequest', 400, 'Object is locked by object lock'],
  ])('in the words of %s is a lock: the manifest is put back', async (_, code, status, message) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 } });
    bench.seed(upTo(4));
    const fault = { kind: 'error', code, status, message } as const;
    bench.s3.fail({ operation: 'DeleteObject', key: bench.key(3), fault });
    const { retained } = await bench.prune();
    expect(retained.map(({ key }) => key)).toEqual([bench.key(3)]);
    expect(bench.nights()).toEqual([0, 1, 3]);
  });

  test('of a key that has the word in it is none', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 }, prefix: 'retention/worm/' });
    bench.seed(upTo(4));
    const fault = { kind: 'error', code: 'AccessDenied', message: 'Access Denied' } as const;
    bench.s3.fail({ operation: 'DeleteObject', key: bench.key(3), fault, times: 5 });
    await expect(bench.prune()).rejects.toMatchObject({ code: 's3.forbidden' });
    expect(bench.nights()).toEqual([0, 1, 2, 3]);
  });
});

test('in a versioned bucket a deletion sets delete markers, and the versions stay below them', async () => {
  await using bench = await RetentionBench.start({ policy: { keepLast: 2 }, s3: { versioning: true } });
  bench.seed(upTo(4));
  await bench.prune();
  expect(bench.nights()).toEqual([0, 1]);
  expect(bench.s3.keys()).toHaveLength(4);
});

describe('an object without its manifest', () => {
  test.each([
    ['is a day old and its backup is gone', 2 * DAY, false, true],
    ['is younger', DAY - 60_000, false, false],
    ['has a backup that Scalingo still lists', 2 * DAY, true, false],
  ])('that %s', async (_, age, known, swept) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 5 } });
    bench.seed(upTo(2));
    const key = bench.seedUnproven(7, age);
    if (known) bench.known.add(bench.identity(7).backupId);
    await bench.prune();
    expect(bench.s3.keys().includes(key)).toBe(!swept);
    expect(bench.named('retention.swept').map(({ fields }) => fields.key)).toEqual(swept ? [key] : []);
  });

  test('is not swept where no policy is set', async () => {
    await using bench = await RetentionBench.start();
    const key = bench.seedUnproven(7, 9 * DAY);
    await bench.prune();
    expect(bench.s3.keys()).toContain(key);
  });

  test.each([
    ['by a lock that a HEAD shows', true],
    ['by a refusal', false],
  ])('is retained %s, and goes when that is over', async (_, shown) => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 5 }, s3: { objectLock: true } });
    bench.clock.set(NOW - 9 * DAY);
    const key = shown ? await bench.putLocked(7, new Date(NOW + DAY)) : bench.seedUnproven(7, 9 * DAY);
    bench.clock.set(NOW);
    if (!shown) bench.s3.fail({ operation: 'DeleteObject', key, fault: REFUSED });
    await bench.prune();
    expect(bench.named('retention.retained')).toHaveLength(1);
    bench.clock.set(NOW + 2 * DAY);
    await bench.prune();
    expect(bench.s3.keys()).toEqual([]);
  });

  test('and the manifest comes back, or was only missing from the listing: it stays', async () => {
    for (const manifest of [{ size: 107 }, '<not to be read>']) {
      await using bench = await RetentionBench.start({ policy: { keepLast: 5 } });
      const key = bench.seedUnproven(7, 9 * DAY);
      const gate = Promise.withResolvers<void>();
      bench.s3.fail({ operation: 'ListObjectsV2', skip: 1, fault: { kind: 'hold', until: gate.promise } });
      const pruning = bench.prune();
      await bench.s3.seen({ operation: 'ListObjectsV2' }, 2);
      bench.replaceManifest(7, manifest);
      // The manifest sorts before the object that the first page has shown: the listing cannot see it.
      gate.resolve();
      await pruning;
      expect(bench.s3.keys()).toContain(key);
    }
  });

  test('is what a deletion leaves that ends between manifest and object; the next one sweeps it', async () => {
    await using bench = await RetentionBench.start({ policy: { keepLast: 2 } });
    bench.seed(upTo(4));
    const stopping = new AbortController();
    bench.s3.fail({ operation: 'DeleteObject', key: bench.key(3), fault: { kind: 'hang' } });
    bench.s3.seen({ operation: 'DeleteObject', key: bench.key(3) }).then(
      () => stopping.abort(new Error('stop')),
      () => {},
    );
    await expect(bench.prune({}, stopping.signal)).rejects.toThrow('stop');
    expect(bench.nights()).toEqual([0, 1, 2]);
    expect(bench.s3.keys()).toContain(bench.key(3));
    await bench.prune();
    expect(bench.nights()).toEqual([0, 1]);
    expect(bench.s3.keys()).toHaveLength(4);
  });
});
