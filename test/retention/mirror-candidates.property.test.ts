import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepsIfAdded } from '../../src/retention/mirror-candidates.ts';
import { planRetention } from '../../src/retention/retention-plan.ts';
import { anyArchives, anyBackups, anyPolicy, identity, NOW, RUNS } from './retention-arbitraries.ts';

const options = { now: NOW };

test('what the mirror fetches, all of it or some, the next plan keeps', () => {
  fc.assert(
    fc.property(
      anyArchives,
      anyArchives,
      anyPolicy,
      fc.array(fc.boolean()),
      (bucket, offered, policy, ok) => {
        const fetched = keepsIfAdded(bucket, offered, policy, options);
        const arrived = fetched.filter((_, index) => ok[index] !== false);
        const kept = planRetention([...bucket, ...arrived], policy, options).keep;
        for (const archive of arrived) expect(kept.map(identity)).toContain(identity(archive));
      },
    ),
    RUNS,
  );
});

test('it asks for nothing that the bucket has, nothing twice, and after a night for nothing more', () => {
  fc.assert(
    fc.property(anyBackups, anyBackups, anyPolicy, (bucket, offered, policy) => {
      const present = new Set(bucket.map(({ backupId }) => backupId));
      const fetched = keepsIfAdded(bucket, offered, policy, options);
      expect(fetched.filter(({ backupId }) => present.has(backupId))).toEqual([]);
      expect(new Set(fetched.map(identity)).size).toBe(fetched.length);
      expect(fetched.every((archive) => offered.includes(archive))).toBe(true);

      const tonight = planRetention([...bucket, ...fetched], policy, options).keep;
      expect(keepsIfAdded(tonight, offered, policy, options)).toEqual([]);
    }),
    RUNS,
  );
});
