import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DatedBackup } from '../../src/retention/dated-backup.ts';
import { refusal } from '../../src/retention/mass-deletion.ts';
import { planRetention, type RetentionPlan } from '../../src/retention/retention-plan.ts';
import { hasRules, type RetentionPolicy } from '../../src/retention/retention-policy.ts';
import { anyArchives, anyPolicy, identity, NOW, RUNS, smallerAndLarger } from './retention-arbitraries.ts';

describe('any archives under any policy', () => {
  test('keep and remove part the archives between them, and every one has a reason', () => {
    fc.assert(
      fc.property(anyArchives, anyPolicy, (archives, policy) => {
        const plan = planned(archives, policy);
        const decided = plan.decisions.map(({ archive }) => identity(archive));
        expect(sorted(decided)).toBe(sorted([...new Set(archives.map(identity))]));
        expect(sorted([...plan.keep, ...plan.remove].map(identity))).toBe(sorted(decided));
        const unreasonable = plan.decisions.filter(
          ({ keep, reasons }) => reasons.length === 0 || reasons.includes('no rule keeps it') === keep,
        );
        expect(unreasonable.length).toBe(0);
        expect(plan.reasonCounts['no rule keeps it'] ?? 0).toBe(plan.remove.length);
      }),
      RUNS,
    );
  });

  test('order and repetition do not matter', () => {
    const shuffled = anyArchives.chain((archives) =>
      fc.tuple(
        fc.constant(archives),
        fc.shuffledSubarray([...archives, ...archives], {
          minLength: archives.length * 2,
          maxLength: archives.length * 2,
        }),
      ),
    );
    fc.assert(
      fc.property(shuffled, anyPolicy, ([archives, again], policy) => {
        expect(lines(planned(again, policy)).join('\n')).toBe(lines(planned(archives, policy)).join('\n'));
      }),
      RUNS,
    );
  });

  test('after the deletion, or after a part of it, the next plan keeps the same for the same reasons', () => {
    fc.assert(
      fc.property(anyArchives, anyPolicy, fc.array(fc.boolean()), (archives, policy, deleted) => {
        const plan = planned(archives, policy);
        const left = plan.remove.filter((_, index) => deleted[index] === false);
        const kept = keptLines(plan);
        expect(lines(planned(plan.keep, policy)).join('\n')).toBe(kept);
        expect(keptLines(planned([...plan.keep, ...left], policy))).toBe(kept);
      }),
      RUNS,
    );
  });

  test('the newest stay: of all, and of those that are not in the future', () => {
    fc.assert(
      fc.property(anyArchives, anyPolicy, (archives, policy) => {
        const kept = new Set(planned(archives, policy).keep.map(({ backupId }) => backupId));
        for (const some of [archives, archives.filter(({ createdAt }) => createdAt <= NOW)]) {
          const newest = some.toSorted(
            (a, b) => Number(b.createdAt) - Number(a.createdAt) || (a.backupId < b.backupId ? 1 : -1),
          );
          const ids = [...new Set(newest.map(({ backupId }) => backupId))];
          expect(
            ids
              .slice(0, policy.minKeep)
              .filter((id) => !kept.has(id))
              .join(),
          ).toBe('');
        }
      }),
      RUNS,
    );
  });

  test('a larger policy keeps a superset', () => {
    fc.assert(
      fc.property(anyArchives, smallerAndLarger, (archives, [smaller, larger]) => {
        // No rule at all keeps everything, and is no smaller policy than any.
        fc.pre(hasRules(smaller));
        const more = new Set(planned(archives, larger).keep);
        const lost = planned(archives, smaller).keep.filter((archive) => !more.has(archive));
        expect(lost.map(identity).join()).toBe('');
      }),
      RUNS,
    );
  });

  test('a year of nights ends as one plan over all of them would', () => {
    const nights = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 14 });
    fc.assert(
      fc.property(nights, fc.constantFrom(0.25, 1, 5, 30), anyPolicy, (days, step, policy) => {
        const archives = days
          .toSorted((a, b) => a - b)
          .map((day) => archive(Date.UTC(2014, 9, 20, 1) + day * step * 86_400_000));
        let bucket: readonly DatedBackup[] = [];
        for (const made of archives) bucket = planned([...bucket, made], policy).keep;
        expect(bucket.map(identity).join()).toBe(planned(archives, policy).keep.map(identity).join());
      }),
      RUNS,
    );
  });

  test('a plan is refused when more than half would go, unless that is asked for', () => {
    fc.assert(
      fc.property(anyArchives, anyPolicy, (archives, policy) => {
        const plan = planned(archives, policy);
        const refused = refusal(plan, { force: false });
        expect(refused !== undefined).toBe(plan.remove.length > plan.keep.length);
        if (refused !== undefined) expect(refused.keep + refused.remove).toBe(refused.total);
        expect(refusal(plan, { force: true })).toBeUndefined();
      }),
      RUNS,
    );
  });
});

function planned(archives: readonly DatedBackup[], policy: RetentionPolicy): RetentionPlan<DatedBackup> {
  return planRetention(archives, policy, { now: NOW });
}

function lines(plan: RetentionPlan<DatedBackup>): string[] {
  return plan.decisions.map(({ archive, reasons }) => `${identity(archive)}: ${reasons.join(', ')}`);
}

function keptLines(plan: RetentionPlan<DatedBackup>): string {
  return lines(plan)
    .filter((line) => !line.endsWith(': no rule keeps it'))
    .join('\n');
}

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join('\n');
}

function archive(time: number): DatedBackup {
  return { createdAt: new Date(time), backupId: `b${time}` };
}
