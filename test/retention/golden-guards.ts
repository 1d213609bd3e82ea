import { NIGHTS } from './golden-nights.ts';
import type { GoldenTable } from './golden-table.ts';

/** Two backups of one second, each an archive. */
const EQUAL = [
  '2018-09-01 01:00 aa',
  '2018-09-02 01:00 aa-1',
  '2018-09-02 01:00 bb-1',
  '2018-09-03 01:00 cc',
];

/** Three nights, and one whose clock was wrong. */
const FUTURE = ['2018-09-01 01:00', '2018-09-02 01:00', '2018-09-03 01:00', '2031-01-01 00:00'];

/** Backup b2 was archived under two times; b3 was listed twice. */
const COPIES = [
  '2018-09-01 01:00 b1',
  '2018-09-02 01:00 b2',
  '2018-09-02 02:00 b2',
  '2018-09-03 01:00 b3',
  '2018-09-03 01:00 b3',
];

/** Golden tables: what stays whatever the rules say. */
export const GUARDS_TABLES: readonly GoldenTable[] = [
  {
    name: 'no policy keeps everything',
    archives: NIGHTS,
    policy: {},
    kept: [
      '2018-09-04 01:00  no policy',
      '2018-09-03 01:00  no policy',
      '2018-09-02 13:00  no policy',
      '2018-09-02 01:00  no policy',
      '2018-09-01 01:00  no policy',
      '2018-08-31 01:00  no policy',
      '2018-08-30 01:00  no policy',
      '2018-08-29 01:00  no policy',
      '2018-08-28 01:00  no policy',
      '2018-08-27 01:00  no policy',
      '2018-08-26 01:00  no policy',
    ],
  },
  {
    name: 'minKeep alone is no policy',
    archives: NIGHTS,
    policy: { minKeep: 2 },
    kept: [
      '2018-09-04 01:00  no policy',
      '2018-09-03 01:00  no policy',
      '2018-09-02 13:00  no policy',
      '2018-09-02 01:00  no policy',
      '2018-09-01 01:00  no policy',
      '2018-08-31 01:00  no policy',
      '2018-08-30 01:00  no policy',
      '2018-08-29 01:00  no policy',
      '2018-08-28 01:00  no policy',
      '2018-08-27 01:00  no policy',
      '2018-08-26 01:00  no policy',
    ],
  },
  {
    name: 'a keep-within of nothing is no policy',
    archives: NIGHTS,
    policy: { keepWithin: '0d' },
    kept: [
      '2018-09-04 01:00  no policy',
      '2018-09-03 01:00  no policy',
      '2018-09-02 13:00  no policy',
      '2018-09-02 01:00  no policy',
      '2018-09-01 01:00  no policy',
      '2018-08-31 01:00  no policy',
      '2018-08-30 01:00  no policy',
      '2018-08-29 01:00  no policy',
      '2018-08-28 01:00  no policy',
      '2018-08-27 01:00  no policy',
      '2018-08-26 01:00  no policy',
    ],
  },
  {
    name: 'a keep-within of nothing beside a rule',
    archives: NIGHTS,
    policy: { keepWithin: '0d', keepLast: 1 },
    kept: ['2018-09-04 01:00  last 1/1, minKeep, newest'],
  },
  {
    name: 'minKeep above keep-last',
    archives: NIGHTS,
    policy: { keepLast: 1, minKeep: 4 },
    kept: [
      '2018-09-04 01:00  last 1/1, minKeep, newest',
      '2018-09-03 01:00  minKeep',
      '2018-09-02 13:00  minKeep',
      '2018-09-02 01:00  minKeep',
    ],
  },
  {
    name: 'minKeep above all there are',
    archives: EQUAL,
    policy: { keepLast: 1, minKeep: 30 },
    kept: [
      '2018-09-03 01:00 cc  last 1/1, minKeep, newest',
      '2018-09-02 01:00 bb-1  minKeep',
      '2018-09-02 01:00 aa-1  minKeep',
      '2018-09-01 01:00 aa  minKeep',
    ],
  },
  {
    name: 'a single archive',
    archives: ['2018-09-02 01:00'],
    policy: { keepLast: 1 },
    kept: ['2018-09-02 01:00  last 1/1, minKeep, newest'],
  },
  { name: 'no archive', archives: [], policy: { keepLast: 1 }, kept: [] },
  {
    name: 'keep-last 1 with a stamp in the future: the newest true archive stays',
    archives: FUTURE,
    policy: { keepLast: 1 },
    now: '2018-09-03 02:00',
    kept: ['2031-01-01 00:00  last 1/1, minKeep, newest', '2018-09-03 01:00  minKeep, newest'],
  },
  {
    name: 'minKeep 2 with a stamp in the future',
    archives: FUTURE,
    policy: { keepLast: 1, minKeep: 2 },
    now: '2018-09-03 02:00',
    kept: [
      '2031-01-01 00:00  last 1/1, minKeep, newest',
      '2018-09-03 01:00  minKeep, newest',
      '2018-09-02 01:00  minKeep',
    ],
  },
  {
    name: 'keep-within counts from the newest that is not in the future',
    archives: FUTURE,
    policy: { keepWithin: '1d1h' },
    now: '2018-09-03 02:00',
    kept: [
      '2031-01-01 00:00  within 1d1h, minKeep, newest',
      '2018-09-03 01:00  within 1d1h, minKeep, newest',
      '2018-09-02 01:00  within 1d1h',
    ],
  },
  {
    name: 'everything in the future',
    archives: FUTURE,
    policy: { keepWithin: '1h' },
    now: '2018-08-01 00:00',
    kept: [
      '2031-01-01 00:00  within 1h, minKeep, newest',
      '2018-09-03 01:00  within 1h',
      '2018-09-02 01:00  within 1h',
      '2018-09-01 01:00  within 1h',
    ],
  },
  {
    name: 'the present itself is not the future',
    archives: FUTURE,
    policy: { keepWithin: '1d' },
    now: '2018-09-03 01:00',
    kept: ['2031-01-01 00:00  within 1d, minKeep, newest', '2018-09-03 01:00  within 1d, minKeep, newest'],
  },
  {
    name: 'equal stamps: the larger id is the newer',
    archives: EQUAL,
    policy: { keepDaily: 2 },
    kept: [
      '2018-09-03 01:00 cc  daily 2018-09-03, minKeep, newest',
      '2018-09-02 01:00 bb-1  daily 2018-09-02',
    ],
  },
  {
    name: 'equal stamps are two for keep-last',
    archives: EQUAL,
    policy: { keepLast: 2 },
    kept: ['2018-09-03 01:00 cc  last 1/2, minKeep, newest', '2018-09-02 01:00 bb-1  last 2/2'],
  },
  {
    name: 'a copy takes no place in keep-last',
    archives: COPIES,
    policy: { keepLast: 3 },
    kept: [
      '2018-09-03 01:00 b3  last 1/3, minKeep, newest',
      '2018-09-02 02:00 b2  last 2/3',
      '2018-09-01 01:00 b1  last 3/3',
    ],
  },
  {
    name: 'a copy takes no place in minKeep',
    archives: COPIES,
    policy: { keepLast: 1, minKeep: 3 },
    kept: [
      '2018-09-03 01:00 b3  last 1/1, minKeep, newest',
      '2018-09-02 02:00 b2  minKeep',
      '2018-09-01 01:00 b1  minKeep',
    ],
  },
  {
    name: 'a copy that is the last of its day',
    archives: COPIES,
    policy: { keepDaily: 2 },
    kept: ['2018-09-03 01:00 b3  daily 2018-09-03, minKeep, newest', '2018-09-02 02:00 b2  daily 2018-09-02'],
  },
];
