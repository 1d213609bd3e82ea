import { HOUR, MINUTE } from '../model/backup-fixture.ts';
import { DAY, done, other, type Situation } from './work-situations.ts';

/** Mode `create`. */
export const CREATE: readonly Situation[] = [
  { name: 'there is nothing yet', work: 'create' },
  { name: 'all there is has been archived', backups: [done('a', DAY)], archived: ['a'], work: 'create' },
  {
    name: 'the newest was archived a minute ago: a run makes its own',
    backups: [done('a', MINUTE)],
    archived: ['a'],
    work: 'create',
  },
  { name: 'an old one was never archived', backups: [done('a', 2 * HOUR)], work: 'create' },
  { name: 'one was made just now', backups: [done('a', MINUTE)], work: [['a', 'recent']] },
  { name: 'one was made exactly as long ago as counts', backups: [done('a', HOUR)], work: [['a', 'recent']] },
  { name: 'one was made a moment longer ago', backups: [done('a', HOUR + 1)], work: 'create' },
  {
    name: 'two were made just now: the newer one is this night’s',
    backups: [done('a', 20 * MINUTE), done('b', 10 * MINUTE)],
    work: [['b', 'recent']],
  },
  {
    name: 'the newer of two recent ones is archived',
    backups: [done('a', 20 * MINUTE), done('b', 10 * MINUTE)],
    archived: ['b'],
    work: [['a', 'recent']],
  },
  {
    name: 'the server’s clock is ahead by a minute',
    backups: [done('a', -MINUTE)],
    work: [['a', 'recent']],
  },
  {
    name: 'the server’s clock is ahead by a year',
    backups: [done('a', -365 * DAY)],
    work: [['a', 'recent']],
  },
  { name: 'nothing may be reused', backups: [done('a', MINUTE)], reuseWithin: 0, work: 'create' },
  {
    name: 'nothing may be reused, made this very moment',
    backups: [done('a', 0)],
    reuseWithin: 0,
    work: 'create',
  },
  {
    name: 'nothing may be reused, and the server’s clock is ahead',
    backups: [done('a', -MINUTE)],
    reuseWithin: 0,
    work: 'create',
  },
  {
    name: 'nothing may be reused, but one is in flight',
    backups: [other('a', MINUTE, 'running')],
    reuseWithin: 0,
    work: [['a', 'in-flight']],
  },
  {
    name: 'nothing may be reused, but a crash left an upload',
    backups: [done('a', MINUTE)],
    unfinished: ['a'],
    reuseWithin: 0,
    work: [['a', 'unfinished']],
  },
  ...['scheduled', 'pending', 'running', 'cancelling', 'of-tomorrow'].map(
    (status): Situation => ({
      name: `one is ${status}`,
      backups: [other('a', 5 * HOUR, status), done('b', DAY)],
      archived: ['b'],
      work: [['a', 'in-flight']],
    }),
  ),
  {
    name: 'two are in flight: the newer',
    backups: [other('a', HOUR, 'running'), other('b', MINUTE, 'scheduled')],
    work: [['b', 'in-flight']],
  },
  {
    name: 'one is in flight, and a recent one is not archived: the one in flight is the fresher',
    backups: [done('a', 30 * MINUTE), other('b', MINUTE, 'running')],
    work: [['b', 'in-flight']],
  },
  {
    name: 'the last ones failed or were cancelled',
    backups: [other('a', MINUTE, 'error'), other('b', 2 * MINUTE, 'cancelled')],
    work: 'create',
  },
  {
    name: 'the newest failed, and the one before is recent',
    backups: [other('a', MINUTE, 'error'), done('b', 2 * MINUTE)],
    work: [['b', 'recent']],
  },
  {
    name: 'a crash left an upload, however long ago',
    backups: [done('a', 3 * DAY)],
    unfinished: ['a'],
    work: [['a', 'unfinished']],
  },
  {
    name: 'a crash left an object without its manifest',
    backups: [done('a', 3 * DAY)],
    unproven: ['a'],
    work: [['a', 'unproven']],
  },
  {
    name: 'a crash left both of one backup',
    backups: [done('a', 3 * DAY)],
    unproven: ['a'],
    unfinished: ['a'],
    work: [['a', 'unproven']],
  },
  {
    name: 'crashes left several: the oldest first, which Scalingo forgets first',
    backups: [done('b', 2 * DAY), done('a', 3 * DAY), done('c', DAY)],
    unproven: ['b'],
    unfinished: ['a', 'c'],
    work: [
      ['a', 'unfinished'],
      ['b', 'unproven'],
      ['c', 'unfinished'],
    ],
  },
  {
    name: 'a crash left an upload, and another is in flight: what was begun is the run’s work',
    backups: [done('a', 2 * HOUR), other('b', MINUTE, 'running')],
    unfinished: ['a'],
    work: [['a', 'unfinished']],
  },
  {
    name: 'the backup of a left-over is gone from Scalingo',
    unproven: ['gone'],
    unfinished: ['gone', 'write-probe'],
    work: 'create',
  },
  {
    name: 'the backup of a left-over failed after all',
    backups: [other('a', MINUTE, 'error')],
    unfinished: ['a'],
    work: 'create',
  },
  {
    name: 'an upload was left of what is archived by now',
    backups: [done('a', MINUTE)],
    archived: ['a'],
    unfinished: ['a'],
    work: 'create',
  },
  {
    name: 'an upload was left of a backup that is in flight',
    backups: [other('a', MINUTE, 'running')],
    unfinished: ['a'],
    work: [['a', 'in-flight']],
  },
];
