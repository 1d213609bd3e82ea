import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Backup, byNewest, phaseOf } from '../../src/model/backup.ts';
import { type Candidate, chooseWork, type WorkFacts } from '../../src/run/choose-work.ts';
import { backup, HOUR, MINUTE, NOW } from '../model/backup-fixture.ts';

const RUNS = { numRuns: 2000 };
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

/** Ages around the limits, behind and ahead of our clock; equal ones are likely. */
const ages = fc.oneof(
  fc.constantFrom(0, 1, MINUTE, HOUR - 1, HOUR, HOUR + 1, -1, -MINUTE, -HOUR, 30 * HOUR),
  fc.integer({ min: -2 * HOUR, max: 100 * HOUR }),
);
const statuses = fc.constantFrom(
  'done',
  'done',
  'done',
  'running',
  'scheduled',
  'error',
  'cancelled',
  'of-tomorrow',
);
const backups = fc
  .subarray(IDS)
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) => fc.record({ age: ages, status: statuses }).map((facts) => backup(id, facts))),
    ),
  );
/** Ids of backups that are known, and of some that are gone. */
const ids = fc.subarray([...IDS, 'gone', 'write-probe']).map((some): ReadonlySet<string> => new Set(some));
const someIds = fc.oneof(fc.constant<ReadonlySet<string>>(new Set()), ids);

const anyFacts: fc.Arbitrary<WorkFacts> = fc.record({
  mode: fc.constantFrom('create', 'latest', 'mirror'),
  reuseWithin: fc.constantFrom(0, 1, MINUTE, HOUR, 24 * HOUR),
  now: fc.constant(NOW),
  backups,
  archived: someIds,
  unproven: someIds,
  unfinished: someIds,
  wouldKeep: ids.map((kept) => (some: readonly Backup[]) => some.filter(({ id }) => kept.has(id))),
});

function candidatesOf(facts: WorkFacts): readonly Candidate[] {
  const work = chooseWork(facts);
  return work.kind === 'archive' ? work.candidates : [];
}

/** Backups that make another one needless: begun, in flight, or recent. Written from the contract's words. */
function adoptable({ backups, archived, unproven, unfinished, reuseWithin, now }: WorkFacts): Backup[] {
  return backups.filter((backup) => {
    if (archived.has(backup.id) || ['error', 'cancelled'].includes(backup.status)) return false;
    if (backup.status !== 'done') return true;
    const recent = reuseWithin > 0 && backup.createdAt.getTime() >= now - reuseWithin;
    return unproven.has(backup.id) || unfinished.has(backup.id) || recent;
  });
}

describe('whatever the API lists and the bucket holds', () => {
  it('a backup is created exactly where the mode is create and nothing can be adopted', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const needed = facts.mode === 'create' && adoptable(facts).length === 0;
        expect(chooseWork(facts).kind === 'create').toBe(needed);
      }),
      RUNS,
    );
  });

  it('nothing is archived that is archived already, failed, unknown, or chosen twice', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const chosen = candidatesOf(facts).map(({ backup }) => backup);
        for (const backup of chosen) {
          expect(facts.archived.has(backup.id)).toBe(false);
          expect(phaseOf(backup)).not.toBe('failed');
          expect(facts.backups).toContain(backup);
        }
        expect(new Set(chosen).size).toBe(chosen.length);
      }),
      RUNS,
    );
  });

  it('mode create takes what is adoptable: every left-over, or one other', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const create: WorkFacts = { ...facts, mode: 'create' };
        const chosen = candidatesOf(create);
        const begun = chosen.filter(({ reason }) => reason === 'unproven' || reason === 'unfinished');
        for (const { backup } of chosen) expect(adoptable(create)).toContain(backup);
        expect(begun.length === chosen.length || chosen.length === 1).toBe(true);
      }),
      RUNS,
    );
  });

  it('every mode finishes every left-over whose backup is done, first and the oldest first', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const begun = facts.backups
          .filter(({ id, status }) => status === 'done' && !facts.archived.has(id))
          .filter(({ id }) => facts.unproven.has(id) || facts.unfinished.has(id))
          .sort(byNewest)
          .reverse();
        const first = candidatesOf(facts).slice(0, begun.length);
        expect(first.map(({ backup }) => backup)).toEqual(begun);
        for (const { backup, reason } of first) {
          expect(reason).toBe(facts.unproven.has(backup.id) ? 'unproven' : 'unfinished');
        }
      }),
      RUNS,
    );
  });

  it('latest archives, besides left-overs, none but the newest done one', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const newest = facts.backups.filter(({ status }) => status === 'done').sort(byNewest)[0];
        const work = chooseWork({ ...facts, mode: 'latest' });
        expect(work.kind === 'no-backup').toBe(newest === undefined);
        if (newest === undefined) return;
        const chosen = candidatesOf({ ...facts, mode: 'latest' });
        for (const { backup, reason } of chosen) if (reason === 'latest') expect(backup).toBe(newest);
        expect(chosen.some(({ backup }) => backup === newest)).toBe(!facts.archived.has(newest.id));
      }),
      RUNS,
    );
  });

  it('mirror archives, besides left-overs, exactly the missing ones that the policy would keep', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const mirror: WorkFacts = { ...facts, mode: 'mirror' };
        const missing = facts.backups.filter(
          ({ id, status }) => status === 'done' && !facts.archived.has(id),
        );
        const kept = facts.wouldKeep?.(missing) ?? missing;
        const begun = missing.filter(({ id }) => facts.unproven.has(id) || facts.unfinished.has(id));
        const chosen = candidatesOf(mirror).map(({ backup }) => backup.id);
        expect(chosen.toSorted()).toEqual([...new Set([...kept, ...begun].map(({ id }) => id))].sort());
      }),
      RUNS,
    );
  });

  it('the order of the list does not matter, and the list is left as it was', () => {
    fc.assert(
      fc.property(anyFacts, fc.infiniteStream(fc.nat()), (facts, luck) => {
        const weights = new Map(facts.backups.map((backup) => [backup, luck.next().value ?? 0]));
        const shuffled = facts.backups.toSorted((a, b) => (weights.get(a) ?? 0) - (weights.get(b) ?? 0));
        const before = [...shuffled];
        expect(chooseWork({ ...facts, backups: shuffled })).toEqual(chooseWork(facts));
        expect(shuffled).toEqual(before);
      }),
      RUNS,
    );
  });

  it('a run that ends well leaves nothing to do for latest and mirror, and the next backup to be made for create', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const seen = new Set<string>();
        let archived = facts.archived;
        // Each run archives what it chose; what was in flight is done by then. Bounded: something is archived each time.
        for (let run = 0; run <= IDS.length; run++) {
          const chosen = candidatesOf({ ...facts, archived });
          for (const { backup } of chosen) expect(seen.has(backup.id)).toBe(false);
          for (const { backup } of chosen) seen.add(backup.id);
          archived = new Set([...archived, ...chosen.map(({ backup }) => backup.id)]);
        }
        const { kind } = chooseWork({ ...facts, archived });
        expect(facts.mode === 'create' ? ['create'] : ['nothing', 'no-backup']).toContain(kind);
      }),
      RUNS,
    );
  });
});

/** How far a run had come with its own backup when it was killed. */
const STAGES = ['scheduled', 'running', 'done', 'uploading', 'completed'] as const;

describe('a run that is killed, wherever it was', () => {
  it('is taken up by the next: the same backup, and no second one', () => {
    const old = backups.map((some) => some.filter(({ status }) => status === 'done'));
    fc.assert(
      fc.property(
        old,
        fc.constantFrom(...STAGES),
        fc.integer({ min: -MINUTE, max: HOUR }),
        (before, stage, age) => {
          const status = stage === 'scheduled' || stage === 'running' ? stage : 'done';
          const work = chooseWork({
            mode: 'create',
            reuseWithin: HOUR,
            now: NOW,
            backups: [...before, backup('ours', { age, status })],
            archived: new Set(before.map(({ id }) => id)),
            unproven: new Set(stage === 'completed' ? ['ours'] : []),
            unfinished: new Set(stage === 'uploading' ? ['ours'] : []),
          });
          expect(work).toMatchObject({ kind: 'archive', candidates: [{ backup: { id: 'ours' } }] });
          expect(work.kind === 'archive' && work.candidates.length).toBe(1);
        },
      ),
      RUNS,
    );
  });
});
