import type { GoldenTable } from './golden-table.ts';

/** Few and irregular: only days, weeks, months and years that have an archive count. */
const GAPS = [
  '2016-02-10 04:00',
  '2016-02-29 04:00',
  '2016-11-05 04:00',
  '2018-01-01 04:00',
  '2018-01-02 04:00',
  '2018-06-30 04:00',
  '2018-06-30 16:00',
  '2018-09-20 04:00',
];

/** The last days of quarters, for calendar durations. */
const QUARTERS = [
  '2016-09-30 02:00',
  '2016-12-31 02:00',
  '2017-03-31 02:00',
  '2017-06-30 02:00',
  '2017-09-30 02:00',
  '2017-12-31 02:00',
  '2018-03-31 02:00',
  '2018-06-30 02:00',
  '2018-09-30 02:00',
];

/** Sundays, Mondays and the turns of the years 2015/16, 2018/19 and 2020/21. */
const WEEK_53 = [
  '2015-12-27 06:00',
  '2015-12-28 06:00',
  '2016-01-03 06:00',
  '2016-01-04 06:00',
  '2018-12-30 06:00',
  '2018-12-31 06:00',
  '2019-01-01 06:00',
  '2020-12-27 06:00',
  '2020-12-31 06:00',
  '2021-01-03 06:00',
  '2021-01-04 06:00',
];

/** Golden tables: gaps, quarters and week numbers. */
export const CALENDAR_TABLES: readonly GoldenTable[] = [
  {
    name: 'keep-daily counts days that have an archive',
    archives: GAPS,
    policy: { keepDaily: 3 },
    kept: [
      '2018-09-20 04:00  daily 2018-09-20, minKeep, newest',
      '2018-06-30 16:00  daily 2018-06-30',
      '2018-01-02 04:00  daily 2018-01-02',
    ],
    restic: true,
  },
  {
    name: 'keep-weekly counts weeks that have an archive',
    archives: GAPS,
    policy: { keepWeekly: 4 },
    kept: [
      '2018-09-20 04:00  weekly 2018-W38, minKeep, newest',
      '2018-06-30 16:00  weekly 2018-W26',
      '2018-01-02 04:00  weekly 2018-W01',
      '2016-11-05 04:00  weekly 2016-W44',
    ],
    restic: true,
  },
  {
    name: 'keep-monthly counts months that have an archive',
    archives: GAPS,
    policy: { keepMonthly: 4 },
    kept: [
      '2018-09-20 04:00  monthly 2018-09, minKeep, newest',
      '2018-06-30 16:00  monthly 2018-06',
      '2018-01-02 04:00  monthly 2018-01',
      '2016-11-05 04:00  monthly 2016-11',
    ],
  },
  {
    name: 'keep-yearly 2 is not two years',
    archives: GAPS,
    policy: { keepYearly: 2 },
    kept: ['2018-09-20 04:00  yearly 2018, minKeep, newest', '2016-11-05 04:00  yearly 2016'],
  },
  {
    name: 'keep-yearly 5 keeps the oldest too',
    archives: GAPS,
    policy: { keepYearly: 5 },
    kept: [
      '2018-09-20 04:00  yearly 2018, minKeep, newest',
      '2016-11-05 04:00  yearly 2016',
      '2016-02-10 04:00  yearly 2016 (oldest)',
    ],
    restic: true,
  },
  {
    name: 'keep-within 1y',
    archives: QUARTERS,
    policy: { keepWithin: '1y', timezone: 'Europe/Paris' },
    kept: [
      '2018-09-30 02:00  within 1y, minKeep, newest',
      '2018-06-30 02:00  within 1y',
      '2018-03-31 02:00  within 1y',
      '2017-12-31 02:00  within 1y',
    ],
    restic: true,
  },
  {
    name: 'keep-within 18mo: back to 30 March 2017',
    archives: QUARTERS,
    policy: { keepWithin: '18mo', timezone: 'Europe/Paris' },
    kept: [
      '2018-09-30 02:00  within 18mo, minKeep, newest',
      '2018-06-30 02:00  within 18mo',
      '2018-03-31 02:00  within 18mo',
      '2017-12-31 02:00  within 18mo',
      '2017-09-30 02:00  within 18mo',
      '2017-06-30 02:00  within 18mo',
      '2017-03-31 02:00  within 18mo',
    ],
    restic: true,
  },
  {
    name: 'keep-within 1y6mo is the same',
    archives: QUARTERS,
    policy: { keepWithin: '1y6mo', timezone: 'Europe/Paris' },
    kept: [
      '2018-09-30 02:00  within 1y6mo, minKeep, newest',
      '2018-06-30 02:00  within 1y6mo',
      '2018-03-31 02:00  within 1y6mo',
      '2017-12-31 02:00  within 1y6mo',
      '2017-09-30 02:00  within 1y6mo',
      '2017-06-30 02:00  within 1y6mo',
      '2017-03-31 02:00  within 1y6mo',
    ],
    restic: true,
  },
  {
    name: 'keep-within 2y with keep-last 1',
    archives: QUARTERS,
    policy: { keepWithin: '2y', keepLast: 1, timezone: 'Europe/Paris' },
    kept: [
      '2018-09-30 02:00  last 1/1, within 2y, minKeep, newest',
      '2018-06-30 02:00  within 2y',
      '2018-03-31 02:00  within 2y',
      '2017-12-31 02:00  within 2y',
      '2017-09-30 02:00  within 2y',
      '2017-06-30 02:00  within 2y',
      '2017-03-31 02:00  within 2y',
      '2016-12-31 02:00  within 2y',
    ],
  },
  {
    name: 'keep-monthly 2 and keep-yearly 2',
    archives: QUARTERS,
    policy: { keepMonthly: 2, keepYearly: 2, timezone: 'Europe/Paris' },
    kept: [
      '2018-09-30 02:00  monthly 2018-09, yearly 2018, minKeep, newest',
      '2018-06-30 02:00  monthly 2018-06',
      '2017-12-31 02:00  yearly 2017',
    ],
    restic: true,
  },
  {
    name: 'weeks 52, 53 and 1',
    archives: WEEK_53,
    policy: { keepWeekly: 20 },
    kept: [
      '2021-01-04 06:00  weekly 2021-W01, minKeep, newest',
      '2021-01-03 06:00  weekly 2020-W53',
      '2020-12-27 06:00  weekly 2020-W52',
      '2019-01-01 06:00  weekly 2019-W01',
      '2018-12-30 06:00  weekly 2018-W52',
      '2016-01-04 06:00  weekly 2016-W01',
      '2016-01-03 06:00  weekly 2015-W53',
      '2015-12-27 06:00  weekly 2015-W52',
    ],
    restic: true,
  },
  {
    name: 'keep-weekly 2 across new year: Sunday 3 January is of 2020-W53',
    archives: WEEK_53,
    policy: { keepWeekly: 2 },
    kept: ['2021-01-04 06:00  weekly 2021-W01, minKeep, newest', '2021-01-03 06:00  weekly 2020-W53'],
    restic: true,
  },
  {
    name: 'the year of a week is not the year of its days',
    archives: WEEK_53,
    policy: { keepWeekly: 4, keepYearly: 3 },
    kept: [
      '2021-01-04 06:00  weekly 2021-W01, yearly 2021, minKeep, newest',
      '2021-01-03 06:00  weekly 2020-W53',
      '2020-12-31 06:00  yearly 2020',
      '2020-12-27 06:00  weekly 2020-W52',
      '2019-01-01 06:00  weekly 2019-W01, yearly 2019',
    ],
    restic: true,
  },
];
