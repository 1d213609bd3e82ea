import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planRetention } from '../../src/retention/retention-plan.ts';
import { anyArchives, anyPolicy, identity, NOW, RUNS } from '../retention/retention-arbitraries.ts';

test('a plan over a part of the archives removes nothing that the plan over all of them keeps', () => {
  const anyPart = anyArchives.chain((archives) =>
    fc.tuple(fc.constant(archives), fc.shuffledSubarray(archives)),
  );
  fc.assert(
    fc.property(anyPart, anyPolicy, ([all, part], policy) => {
      const kept = new Set(planRetention(all, policy, { now: NOW }).keep.map(identity));
      const lost = planRetention(part, policy, { now: NOW }).remove.map(identity);
      expect(lost.filter((archive) => kept.has(archive))).toEqual([]);
    }),
    RUNS,
  );
});
