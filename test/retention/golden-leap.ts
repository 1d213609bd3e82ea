import type { GoldenTable } from './golden-table.ts';

/** Around the last day of a month after a February of 28 days. */
const SPRING_2019 = [
  '2019-02-28 12:00',
  '2019-03-01 12:00',
  '2019-03-02 12:00',
  '2019-03-03 12:00',
  '2019-03-03 12:01',
  '2019-03-04 12:00',
  '2019-03-31 12:00',
];

/** The same in a leap year. */
const SPRING_2020 = [
  '2020-02-28 12:00',
  '2020-02-29 12:00',
  '2020-03-01 12:00',
  '2020-03-02 12:00',
  '2020-03-02 12:01',
  '2020-03-03 12:00',
  '2020-03-31 12:00',
];

/** Up to a leap day. */
const LEAP_DAY = [
  '2019-02-28 12:00',
  '2019-03-01 12:00',
  '2019-03-01 12:01',
  '2019-12-31 12:00',
  '2020-02-28 12:00',
  '2020-02-29 12:00',
];

/** Golden tables: the ends of months, and leap days. */
export const LEAP_TABLES: readonly GoldenTable[] = [
  {
    name: 'a month before 31 March is 3 March',
    archives: SPRING_2019,
    policy: { keepWithin: '1mo' },
    kept: [
      '2019-03-31 12:00  within 1mo, minKeep, newest',
      '2019-03-04 12:00  within 1mo',
      '2019-03-03 12:01  within 1mo',
    ],
    restic: true,
  },
  {
    name: 'a month before 31 March of a leap year is 2 March',
    archives: SPRING_2020,
    policy: { keepWithin: '1mo' },
    kept: [
      '2020-03-31 12:00  within 1mo, minKeep, newest',
      '2020-03-03 12:00  within 1mo',
      '2020-03-02 12:01  within 1mo',
    ],
    restic: true,
  },
  {
    name: 'a year before 29 February is 1 March',
    archives: LEAP_DAY,
    policy: { keepWithin: '1y' },
    kept: [
      '2020-02-29 12:00  within 1y, minKeep, newest',
      '2020-02-28 12:00  within 1y',
      '2019-12-31 12:00  within 1y',
      '2019-03-01 12:01  within 1y',
    ],
  },
  {
    name: 'a leap day is the last of its month',
    archives: LEAP_DAY,
    policy: { keepMonthly: 2 },
    kept: ['2020-02-29 12:00  monthly 2020-02, minKeep, newest', '2019-12-31 12:00  monthly 2019-12'],
  },
];
