import type { Backup } from '../../src/model/backup.ts';
import type { Reason, WorkFacts } from '../../src/run/choose-work.ts';
import { backup, HOUR, MINUTE } from '../model/backup-fixture.ts';

export const DAY = 24 * HOUR;

/** What the API lists and the bucket holds, and what one run has to do then. */
export interface Situation {
  readonly name: string;
  readonly backups?: readonly Backup[];
  readonly archived?: readonly string[];
  readonly unproven?: readonly string[];
  readonly unfinished?: readonly string[];
  readonly reuseWithin?: number;
  readonly wouldKeep?: WorkFacts['wouldKeep'];
  /** What comes of it: `create`, `nothing`, `no-backup`, or what is archived, in order. */
  readonly work: 'create' | 'nothing' | 'no-backup' | readonly (readonly [id: string, reason: Reason])[];
}

export const done = (id: string, age: number) => backup(id, { age });
export const other = (id: string, age: number, status: string) => backup(id, { age, status });

/** Mode `latest`. */
export const LATEST: readonly Situation[] = [
  { name: 'there is nothing', work: 'no-backup' },
  {
    name: 'none was ever finished',
    backups: [other('a', MINUTE, 'running'), other('b', DAY, 'error'), other('c', DAY, 'cancelled')],
    work: 'no-backup',
  },
  { name: 'one is done, however old', backups: [done('a', 30 * DAY)], work: [['a', 'latest']] },
  {
    name: 'several are done: the newest, wherever it stands in the list',
    backups: [done('a', 3 * DAY), done('c', DAY), done('b', 2 * DAY)],
    work: [['c', 'latest']],
  },
  {
    name: 'the newest is archived, older ones are not',
    backups: [done('a', 3 * DAY), done('b', DAY)],
    archived: ['b'],
    work: 'nothing',
  },
  {
    name: 'the newest of all failed or is in flight',
    backups: [other('a', MINUTE, 'running'), other('b', HOUR, 'error'), done('c', DAY)],
    work: [['c', 'latest']],
  },
  {
    name: 'the newest is a left-over: once, and proved rather than sent again',
    backups: [done('a', DAY)],
    unproven: ['a'],
    work: [['a', 'unproven']],
  },
  {
    name: 'an older one is a left-over: it first, then the newest',
    backups: [done('a', 2 * DAY), done('b', DAY)],
    unfinished: ['a'],
    work: [
      ['a', 'unfinished'],
      ['b', 'latest'],
    ],
  },
  {
    name: 'the newest is archived and an older one a left-over',
    backups: [done('a', 2 * DAY), done('b', DAY)],
    archived: ['b'],
    unproven: ['a'],
    work: [['a', 'unproven']],
  },
  {
    name: 'the stamp is ahead of our clock',
    backups: [done('a', -HOUR), done('b', HOUR)],
    work: [['a', 'latest']],
  },
];

/** Mode `mirror`. */
export const MIRROR: readonly Situation[] = [
  { name: 'there is nothing', work: 'no-backup' },
  { name: 'none was ever finished', backups: [other('a', MINUTE, 'running')], work: 'no-backup' },
  {
    name: 'some are missing: every done one, newest first',
    backups: [done('a', 3 * DAY), done('c', DAY), done('b', 2 * DAY), other('d', HOUR, 'error')],
    archived: ['b'],
    work: [
      ['c', 'mirror'],
      ['a', 'mirror'],
    ],
  },
  {
    name: 'all are archived',
    backups: [done('a', 2 * DAY), done('b', DAY), other('c', HOUR, 'running')],
    archived: ['a', 'b'],
    work: 'nothing',
  },
  {
    name: 'the policy would keep only some',
    backups: [done('a', 3 * DAY), done('b', 2 * DAY), done('c', DAY)],
    wouldKeep: (some) => some.filter(({ id }) => id !== 'b'),
    work: [
      ['c', 'mirror'],
      ['a', 'mirror'],
    ],
  },
  { name: 'the policy would keep none', backups: [done('a', DAY)], wouldKeep: () => [], work: 'nothing' },
  {
    name: 'one is a left-over: it first, and once',
    backups: [done('a', 3 * DAY), done('b', 2 * DAY), done('c', DAY)],
    unfinished: ['b'],
    work: [
      ['b', 'unfinished'],
      ['c', 'mirror'],
      ['a', 'mirror'],
    ],
  },
];
