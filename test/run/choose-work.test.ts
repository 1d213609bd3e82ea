import { describe, expect, it } from 'vitest';
import { type BackupMode, chooseWork } from '../../src/run/choose-work.ts';
import { HOUR, NOW } from '../model/backup-fixture.ts';
import { CREATE } from './create-situations.ts';
import { DAY, done, LATEST, MIRROR, other, type Situation } from './work-situations.ts';

describe.each<[BackupMode, readonly Situation[]]>([
  ['create', CREATE],
  ['latest', LATEST],
  ['mirror', MIRROR],
])('mode %s', (mode, situations) => {
  it.each(situations)('where $name', (situation) => {
    const work = chooseWork({
      mode,
      now: NOW,
      reuseWithin: situation.reuseWithin ?? HOUR,
      backups: situation.backups ?? [],
      archived: new Set(situation.archived),
      unproven: new Set(situation.unproven),
      unfinished: new Set(situation.unfinished),
      ...(situation.wouldKeep === undefined ? {} : { wouldKeep: situation.wouldKeep }),
    });
    expect(
      work.kind === 'archive' ? work.candidates.map(({ backup, reason }) => [backup.id, reason]) : work.kind,
    ).toEqual(situation.work);
  });
});

describe('what the retention policy is asked in mode mirror', () => {
  it('is about the done backups that the bucket lacks, left-overs included', () => {
    const asked: string[][] = [];
    chooseWork({
      mode: 'mirror',
      now: NOW,
      reuseWithin: HOUR,
      backups: [
        done('a', 3 * DAY),
        done('b', 2 * DAY),
        done('c', DAY),
        other('d', 1, 'running'),
        other('e', 1, 'error'),
      ],
      archived: new Set(['b']),
      unproven: new Set(['a']),
      unfinished: new Set(),
      wouldKeep: (backups) => {
        asked.push(backups.map(({ id }) => id));
        return backups;
      },
    });
    expect(asked).toEqual([['c', 'a']]);
  });
});

describe('a backup that the retention policy would delete at once', () => {
  const facts = {
    now: NOW,
    reuseWithin: DAY,
    backups: [done('a', HOUR)],
    archived: new Set<string>(),
    unproven: new Set<string>(),
    unfinished: new Set<string>(),
  };

  it.each([
    ['create', { kind: 'create' }],
    ['latest', { kind: 'nothing' }],
  ] as const)('is no work for mode %s', (mode, work) => {
    expect(chooseWork({ ...facts, mode, unwanted: new Set(['a']) })).toEqual(work);
    expect(chooseWork({ ...facts, mode, unwanted: new Set(['b']) })).toMatchObject({ kind: 'archive' });
  });

  it.each(['create', 'latest'] as const)('is archived all the same by mode %s where it was begun', (mode) => {
    expect(
      chooseWork({ ...facts, mode, unwanted: new Set(['a']), unfinished: new Set(['a']) }),
    ).toMatchObject({
      candidates: [{ backup: { id: 'a' }, reason: 'unfinished' }],
    });
  });
});
