import { describe, expect, test } from 'vitest';
import { refusal } from '../../src/retention/mass-deletion.ts';
import { keepsIfAdded } from '../../src/retention/mirror-candidates.ts';
import { planRetention } from '../../src/retention/retention-plan.ts';
import { archiveOf, NO_RULES } from './golden-table.ts';

const now = new Date('2026-06-01T00:00Z');
const THREE = ['2018-09-01 01:00', '2018-09-02 01:00', '2018-09-03 01:00'].map(archiveOf);

/** An error that says what is wrong, and that nothing was removed. */
const refused = (named: string) =>
  expect.objectContaining({
    code: 'retention.invalid',
    message: expect.stringContaining(named),
    hint: expect.stringContaining('Nothing was removed'),
  });

describe('planRetention', () => {
  test('gives back the archives themselves, with all that they carry', () => {
    const archive = { createdAt: new Date('2018-09-02T01:00Z'), backupId: 'b1', key: 'orders/…', size: 7 };
    const plan = planRetention([archive], { ...NO_RULES, keepLast: 1 }, { now });
    expect(plan.keep[0]).toBe(archive);
    expect(plan.decisions[0]?.archive).toBe(archive);
  });

  test('counts archives by kind of reason', () => {
    const policy = { ...NO_RULES, keepLast: 2, keepDaily: 1, keepWithin: '36h', timezone: 'Europe/Paris' };
    expect(planRetention(THREE, policy, { now }).reasonCounts).toEqual({
      last: 2,
      daily: 1,
      within: 2,
      minKeep: 1,
      newest: 1,
      'no rule keeps it': 1,
    });
    expect(planRetention(THREE, NO_RULES, { now }).reasonCounts).toEqual({ 'no policy': 3 });
  });

  test('a fraction of a second does not count, since keys have none', () => {
    const archives = ['01:00:00.900Z', '01:00:00.100Z'].map((time, index) => ({
      createdAt: new Date(`2018-09-02T${time}`),
      backupId: `b${index}`,
    }));
    const plan = planRetention(archives, { ...NO_RULES, keepLast: 1 }, { now });
    expect(plan.keep.map(({ backupId }) => backupId)).toEqual(['b1']);
  });

  test('leaves its input as it was', () => {
    const archives = Object.freeze([...THREE].reverse().map((archive) => Object.freeze(archive)));
    planRetention(archives, { ...NO_RULES, keepLast: 1 }, { now });
    expect(archives.map(({ row }) => row)).toEqual(THREE.map(({ row }) => row).reverse());
  });

  test.each([
    ['keepDaily', { keepDaily: Number.NaN }],
    ['keepLast', { keepLast: -1 }],
    ['keepYearly', { keepYearly: 1.5 }],
    ['minKeep', { minKeep: 0 }],
    ['keepWithin "6m"', { keepWithin: '6m' }],
    ['"Mars/Olympus" is no time zone', { keepLast: 1, timezone: 'Mars/Olympus' }],
  ])('refuses what no policy can mean: %s', (named, wrong) => {
    expect(() => planRetention(THREE, { ...NO_RULES, ...wrong }, { now })).toThrow(refused(named));
  });

  test('refuses an archive without a time, since it has no place in the order', () => {
    const broken = { createdAt: new Date(Number.NaN), backupId: 'b9' };
    const policy = { ...NO_RULES, keepLast: 1 };
    expect(() => planRetention([...THREE, broken], policy, { now })).toThrow(refused('backup b9'));
    expect(() => planRetention(THREE, policy, { now: broken.createdAt })).toThrow(refused('the present'));
  });

  test('decides once about an archive that comes twice', () => {
    const plan = planRetention([...THREE, ...THREE], { ...NO_RULES, keepLast: 3 }, { now });
    expect(plan.keep).toEqual([...THREE].reverse());
    expect(plan.decisions).toHaveLength(3);
  });

  test('says the time of "keepWithin" without the blanks around it', () => {
    const plan = planRetention(THREE, { ...NO_RULES, keepWithin: ' 1d ' }, { now });
    expect(plan.decisions[0]?.reasons).toContain('within 1d');
  });
});

describe('refusal', () => {
  const keepLast = (count: number, rows: number) =>
    planRetention(
      Array.from({ length: rows }, (_, day) =>
        archiveOf(`2018-09-${String(day + 1).padStart(2, '0')} 01:00`),
      ),
      { ...NO_RULES, keepLast: count },
      { now },
    );

  test.each([
    [1, 2, false],
    [2, 4, false],
    [1, 3, true],
    [10, 30, true],
    [30, 30, false],
    [1, 0, false],
  ])('keep-last %i of %i archives: refused is %s', (count, rows, refused) => {
    expect(refusal(keepLast(count, rows), { force: false }) !== undefined).toBe(refused);
    expect(refusal(keepLast(count, rows), { force: true })).toBeUndefined();
  });

  test('says how much it is about', () => {
    expect(refusal(keepLast(10, 30), { force: false })).toEqual({
      total: 30,
      remove: 20,
      keep: 10,
      reason: 'it would delete 20 of 30 archives at once, more than half',
    });
  });
});

describe('keepsIfAdded', () => {
  const offered = ['2018-08-31 01:00', '2018-09-03 13:00', '2018-09-03 01:00', '2018-08-01 01:00'].map(
    archiveOf,
  );

  test('fetches what the policy would keep and the bucket lacks, newest first', () => {
    const policy = { ...NO_RULES, keepDaily: 2, keepMonthly: 2 };
    expect(keepsIfAdded(THREE, offered, policy, { now }).map(({ row }) => row)).toEqual([
      '2018-09-03 13:00',
      '2018-08-31 01:00',
    ]);
  });

  test('does not fetch a backup that the bucket has under another time', () => {
    const moved = archiveOf('2018-09-03 13:00 2018-09-03');
    const bucket = [archiveOf('2018-09-03 01:00 2018-09-03')];
    expect(keepsIfAdded(bucket, [moved], NO_RULES, { now })).toEqual([]);
  });

  test('without a policy fetches all that the bucket lacks', () => {
    expect(keepsIfAdded(THREE, offered, NO_RULES, { now })).toHaveLength(3);
  });

  test('fetches nothing that is older than all that stays', () => {
    expect(
      keepsIfAdded(THREE, [archiveOf('2018-08-01 01:00')], { ...NO_RULES, keepLast: 3 }, { now }),
    ).toEqual([]);
  });
});
