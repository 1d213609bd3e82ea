import fc from 'fast-check';
import type { DatedBackup } from '../../src/retention/dated-backup.ts';
import type { RetentionPolicy } from '../../src/retention/retention-policy.ts';

export const RUNS = { numRuns: 10_000 };

/** Ordinary zones and the odd ones: offsets of quarters of an hour, half an hour of summer, a day skipped. */
export const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Apia',
];

/** Where calendars are hard. Archives are strewn around these instants. */
const HARD = [
  '2010-11-07T02:31Z', // St. John's: from 00:01 back to 23:01
  '2011-12-30T10:00Z', // Apia skips a day
  '2016-01-04T00:00Z', // the Monday after ISO week 53
  '2018-03-25T01:00Z', // Paris, spring
  '2018-03-31T15:00Z', // Lord Howe, half an hour back
  '2018-10-28T01:00Z', // Paris, autumn
  '2018-11-04T06:00Z', // New York, autumn
  '2018-12-31T12:00Z', // a Monday, in 2019-W01
  '2020-02-29T12:00Z', // leap day
  '2021-01-03T23:00Z', // the Sunday of 2020-W53
].map((text) => Date.parse(text));

const MINUTE = 60_000;
/** In minutes: steps that make equal stamps, days, weeks, months and years likely. */
const STEPS = [0.5, 15, 60, 720, 1440, 7 * 1440, 30 * 1440, 365 * 1440];

/** The present of every property: inside the range of the archives, so that some lie in the future. */
export const NOW = new Date('2021-01-05T00:00Z');

const anyTime = fc
  .tuple(fc.constantFrom(...HARD), fc.constantFrom(...STEPS), fc.integer({ min: -6, max: 6 }))
  .map(([base, step, times]) => new Date(base + times * step * MINUTE));

/** Few ids, so that equal stamps and copies of one backup occur. */
const anyId = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 0xfff }).map((id) => `b${id}`) },
  { weight: 1, arbitrary: fc.constantFrom('x', 'y') },
);

export const anyArchive: fc.Arbitrary<DatedBackup> = fc.record({ createdAt: anyTime, backupId: anyId });
export const anyArchives = fc.array(anyArchive, { maxLength: 10 });

/** Archives of which no two are of one backup; equal stamps occur. */
export const anyBackups = fc.array(
  fc
    .tuple(anyTime, fc.constantFrom('a', 'b'))
    .map(([createdAt, letter]): DatedBackup => ({ createdAt, backupId: `${letter}${Number(createdAt)}` })),
  { maxLength: 10 },
);

const anyCount = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
);

const anyParts = fc.record({
  y: fc.integer({ min: 0, max: 3 }),
  mo: fc.integer({ min: 0, max: 14 }),
  d: fc.integer({ min: 0, max: 40 }),
  h: fc.integer({ min: 0, max: 30 }),
});

function durationText(parts: Readonly<Record<string, number>>): string {
  return Object.entries(parts)
    .map(([unit, count]) => `${count}${unit}`)
    .join('');
}

/** May have no rule at all. */
export const anyPolicy: fc.Arbitrary<RetentionPolicy> = fc.record({
  keepLast: anyCount,
  keepDaily: anyCount,
  keepWeekly: anyCount,
  keepMonthly: anyCount,
  keepYearly: anyCount,
  keepWithin: fc.option(anyParts.map(durationText), { nil: undefined }),
  minKeep: fc.integer({ min: 1, max: 4 }),
  timezone: fc.constantFrom(...ZONES),
});

/** A policy and one that is larger or equal in every rule. */
export const smallerAndLarger: fc.Arbitrary<[RetentionPolicy, RetentionPolicy]> = fc
  .tuple(anyPolicy, fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }), anyParts, anyParts)
  .map(([policy, [last = 0, daily = 0, weekly = 0, monthly = 0, yearly = 0, min = 0], parts, more]) => {
    const longer = Object.entries(parts).map(([unit, n]) => [unit, n + more[unit as keyof typeof more]]);
    const larger = {
      ...policy,
      keepLast: policy.keepLast + last,
      keepDaily: policy.keepDaily + daily,
      keepWeekly: policy.keepWeekly + weekly,
      keepMonthly: policy.keepMonthly + monthly,
      keepYearly: policy.keepYearly + yearly,
      keepWithin: durationText(Object.fromEntries(longer)),
      minKeep: policy.minKeep + min,
    };
    return [
      policy.keepWithin === undefined ? policy : { ...policy, keepWithin: durationText(parts) },
      larger,
    ];
  });

/** What makes an archive: its second and its id. */
export function identity({ createdAt, backupId }: DatedBackup): string {
  return `${createdAt.toISOString()} ${backupId}`;
}
