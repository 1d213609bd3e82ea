import type { GoldenTable } from './golden-table.ts';

/** Around midnight in Paris (22:00 UTC), in Kathmandu (18:15 UTC) and in UTC. */
const EVENINGS = [
  '2018-09-01 18:00',
  '2018-09-01 18:30',
  '2018-09-01 21:30',
  '2018-09-01 22:30',
  '2018-09-02 00:30',
  '2018-09-02 18:00',
  '2018-09-02 18:30',
  '2018-09-02 21:30',
  '2018-09-02 22:30',
];

/** Paris skips 02:00 to 03:00 on 25 March 2018: that day has 23 hours, from 23:00 to 22:00 UTC. */
const PARIS_SPRING = [
  '2018-03-24 01:30',
  '2018-03-24 22:30',
  '2018-03-24 23:30',
  '2018-03-25 00:30',
  '2018-03-25 01:30',
  '2018-03-25 21:30',
  '2018-03-25 22:30',
];

/** Paris shows 02:30 twice on 28 October 2018, at 00:30 and 01:30 UTC. */
const PARIS_AUTUMN = [
  '2018-10-26 00:30',
  '2018-10-27 00:30',
  '2018-10-27 21:30',
  '2018-10-27 22:30',
  '2018-10-28 00:30',
  '2018-10-28 01:30',
];

/** The same, up to the first 02:30. */
const PARIS_AUTUMN_FIRST = ['2018-10-27 22:30', '2018-10-27 23:30', '2018-10-27 23:31', '2018-10-28 00:30'];

/** Lord Howe puts clocks back half an hour at 15:00 UTC on 31 March 2018: midnight moves from 13:00 to 13:30 UTC. */
const LORD_HOWE = [
  '2018-03-30 12:45',
  '2018-03-30 13:15',
  '2018-03-31 12:45',
  '2018-03-31 13:15',
  '2018-04-01 13:15',
  '2018-04-01 13:45',
];

/** St. John's went from 00:01 on 7 November 2010 back to 23:01 on the 6th, at 02:31 UTC. */
const ST_JOHNS = [
  '2010-11-05 12:00',
  '2010-11-06 12:00',
  '2010-11-07 02:29',
  '2010-11-07 02:30',
  '2010-11-07 03:00',
  '2010-11-07 04:00',
];

/** The same: on the 7th, then on the 6th again. */
const ST_JOHNS_EARLY = ['2010-11-06 12:00', '2010-11-07 02:30', '2010-11-07 03:00'];

/** Apia had no 30 December 2011: the 31st followed the 29th at 10:00 UTC on the 30th. */
const APIA = [
  '2011-12-28 12:00',
  '2011-12-29 12:00',
  '2011-12-30 09:30',
  '2011-12-30 10:30',
  '2011-12-31 09:30',
  '2011-12-31 10:30',
];

/** Golden tables: days begin at midnight on the wall. */
export const ZONES_TABLES: readonly GoldenTable[] = [
  {
    name: 'days in UTC',
    archives: EVENINGS,
    policy: { keepDaily: 2 },
    kept: ['2018-09-02 22:30  daily 2018-09-02, minKeep, newest', '2018-09-01 22:30  daily 2018-09-01'],
  },
  {
    name: 'the same archives in Paris',
    archives: EVENINGS,
    policy: { keepDaily: 2, timezone: 'Europe/Paris' },
    kept: ['2018-09-02 22:30  daily 2018-09-03, minKeep, newest', '2018-09-02 21:30  daily 2018-09-02'],
    restic: true,
  },
  {
    name: 'the same archives in Kathmandu, 5 h 45 min ahead',
    archives: EVENINGS,
    policy: { keepDaily: 2, timezone: 'Asia/Kathmandu' },
    kept: ['2018-09-02 22:30  daily 2018-09-03, minKeep, newest', '2018-09-02 18:00  daily 2018-09-02'],
    restic: true,
  },
  {
    name: 'weeks and months in Kathmandu',
    archives: EVENINGS,
    policy: { keepWeekly: 2, keepMonthly: 1, timezone: 'Asia/Kathmandu' },
    kept: [
      '2018-09-02 22:30  weekly 2018-W36, monthly 2018-09, minKeep, newest',
      '2018-09-02 18:00  weekly 2018-W35',
    ],
  },
  {
    name: 'the day of 23 hours',
    archives: PARIS_SPRING,
    policy: { keepDaily: 4, timezone: 'Europe/Paris' },
    kept: [
      '2018-03-25 22:30  daily 2018-03-26, minKeep, newest',
      '2018-03-25 21:30  daily 2018-03-25',
      '2018-03-24 22:30  daily 2018-03-24',
      '2018-03-24 01:30  daily 2018-03-24 (oldest)',
    ],
    restic: true,
  },
  {
    name: 'one day before keeps the time of day across the change',
    archives: PARIS_SPRING,
    policy: { keepWithin: '1d', timezone: 'Europe/Paris' },
    kept: [
      '2018-03-25 22:30  within 1d, minKeep, newest',
      '2018-03-25 21:30  within 1d',
      '2018-03-25 01:30  within 1d',
      '2018-03-25 00:30  within 1d',
    ],
  },
  {
    name: '24 hours before do not',
    archives: PARIS_SPRING,
    policy: { keepWithin: '24h', timezone: 'Europe/Paris' },
    kept: [
      '2018-03-25 22:30  within 24h, minKeep, newest',
      '2018-03-25 21:30  within 24h',
      '2018-03-25 01:30  within 24h',
      '2018-03-25 00:30  within 24h',
      '2018-03-24 23:30  within 24h',
    ],
  },
  {
    name: 'the day of 25 hours',
    archives: PARIS_AUTUMN,
    policy: { keepDaily: 2, timezone: 'Europe/Paris' },
    kept: ['2018-10-28 01:30  daily 2018-10-28, minKeep, newest', '2018-10-27 21:30  daily 2018-10-27'],
  },
  {
    name: 'one day before 02:30, the second',
    archives: PARIS_AUTUMN,
    policy: { keepWithin: '1d', timezone: 'Europe/Paris' },
    kept: [
      '2018-10-28 01:30  within 1d, minKeep, newest',
      '2018-10-28 00:30  within 1d',
      '2018-10-27 22:30  within 1d',
      '2018-10-27 21:30  within 1d',
    ],
  },
  {
    name: 'one hour before the second 02:30 is the first',
    archives: PARIS_AUTUMN,
    policy: { keepWithin: '1h', timezone: 'Europe/Paris' },
    kept: ['2018-10-28 01:30  within 1h, minKeep, newest'],
  },
  {
    name: 'one hour before the first 02:30 is 01:30',
    archives: PARIS_AUTUMN_FIRST,
    policy: { keepWithin: '1h', timezone: 'Europe/Paris' },
    kept: ['2018-10-28 00:30  within 1h, minKeep, newest', '2018-10-27 23:31  within 1h'],
  },
  {
    name: 'half an hour of daylight saving',
    archives: LORD_HOWE,
    policy: { keepDaily: 4, timezone: 'Australia/Lord_Howe' },
    kept: [
      '2018-04-01 13:45  daily 2018-04-02, minKeep, newest',
      '2018-04-01 13:15  daily 2018-04-01',
      '2018-03-31 12:45  daily 2018-03-31',
      '2018-03-30 12:45  daily 2018-03-30',
    ],
    restic: true,
  },
  {
    name: 'a day that begins twice counts once',
    archives: ST_JOHNS,
    policy: { keepDaily: 3, timezone: 'America/St_Johns' },
    kept: [
      '2010-11-07 04:00  daily 2010-11-07, minKeep, newest',
      '2010-11-07 03:00  daily 2010-11-06',
      '2010-11-05 12:00  daily 2010-11-05',
    ],
  },
  {
    name: 'a day whose archives all came before its second beginning',
    archives: ST_JOHNS_EARLY,
    policy: { keepDaily: 2, timezone: 'America/St_Johns' },
    kept: ['2010-11-07 03:00  daily 2010-11-06, minKeep, newest', '2010-11-07 02:30  daily 2010-11-07'],
  },
  {
    name: 'a day that the calendar lacks',
    archives: APIA,
    policy: { keepDaily: 3, timezone: 'Pacific/Apia' },
    kept: [
      '2011-12-31 10:30  daily 2012-01-01, minKeep, newest',
      '2011-12-31 09:30  daily 2011-12-31',
      '2011-12-30 09:30  daily 2011-12-29',
    ],
    restic: true,
  },
  {
    name: 'two days before 1 January 2012 in Apia',
    archives: APIA,
    policy: { keepWithin: '2d', timezone: 'Pacific/Apia' },
    kept: [
      '2011-12-31 10:30  within 2d, minKeep, newest',
      '2011-12-31 09:30  within 2d',
      '2011-12-30 10:30  within 2d',
      '2011-12-30 09:30  within 2d',
      '2011-12-29 12:00  within 2d',
    ],
  },
];
