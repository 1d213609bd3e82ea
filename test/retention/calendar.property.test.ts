import fc from 'fast-check';
import { expect, test } from 'vitest';
import { periodLabel } from '../../src/retention/calendar-period.ts';
import { planRetention } from '../../src/retention/retention-plan.ts';
import { hasRules } from '../../src/retention/retention-policy.ts';
import { subtractDuration, zonedTime } from '../../src/retention/zoned-time.ts';
import { naivelyKept } from './naive-policy.ts';
import { anyBackups, anyPolicy, identity, NOW, RUNS, ZONES } from './retention-arbitraries.ts';

const anyInstant = fc.integer({ min: Date.UTC(1995, 0), max: Date.UTC(2037, 11) });
const anyZone = fc.constantFrom(...ZONES);
const smallDuration = fc.record({
  years: fc.nat(9),
  months: fc.nat(30),
  days: fc.nat(800),
  hours: fc.nat(100),
});

test('the counting rules agree with a naive reading of them, in every zone', () => {
  fc.assert(
    fc.property(anyBackups, anyPolicy, (some, any) => {
      const policy = { ...any, keepWithin: undefined };
      fc.pre(hasRules(policy));
      const archives = [...new Map(some.map((archive) => [identity(archive), archive])).values()];
      const naive = naivelyKept(archives, policy);
      const counted = planRetention(archives, policy, { now: NOW }).decisions.filter(({ reasons }) =>
        reasons.some((reason) => /\d/.test(reason)),
      );
      expect(
        counted
          .map(({ archive }) => identity(archive))
          .toSorted()
          .join('\n'),
      ).toBe([...naive].map(identity).sort().join('\n'));
    }),
    RUNS,
  );
});

test('the week of a date: four days of it lie in its year, and its number counts from there', () => {
  fc.assert(
    fc.property(anyInstant, (wallTime) => {
      const [year = '', week = ''] = periodLabel('weekly', wallTime).split('-W');
      // ISO 8601: week 1 is the one with 4 January in it.
      const fourth = new Date(Date.UTC(Number(year), 0, 4));
      const firstMonday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * 86_400_000;
      const monday = firstMonday + (Number(week) - 1) * 7 * 86_400_000;
      expect(wallTime).toBeGreaterThanOrEqual(monday);
      expect(wallTime).toBeLessThan(monday + 7 * 86_400_000);
      expect(Number(week)).toBeLessThanOrEqual(53);
    }),
    RUNS,
  );
});

test('the wall clock shows what the formatter of Intl shows, and leads back to an instant that shows it', () => {
  fc.assert(
    fc.property(anyInstant, anyZone, (instant, name) => {
      const zone = zonedTime(name);
      const wall = zone.wallTime(instant);
      expect(new Date(wall).toISOString().slice(0, 10)).toBe(
        new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short' }).format(instant),
      );
      expect(zone.wallTime(zone.instant(wall))).toBe(wall);
    }),
    { numRuns: 2000 },
  );
});

test('a longer duration reaches further back, across every clock change', () => {
  fc.assert(
    fc.property(anyInstant, anyZone, smallDuration, smallDuration, (instant, name, shorter, more) => {
      const zone = zonedTime(name);
      const longer = {
        years: shorter.years + more.years,
        months: shorter.months + more.months,
        days: shorter.days + more.days,
        hours: shorter.hours + more.hours,
      };
      const near = subtractDuration(instant, shorter, zone);
      expect(near).toBeLessThanOrEqual(instant);
      expect(subtractDuration(instant, longer, zone)).toBeLessThanOrEqual(near);
    }),
    RUNS,
  );
});
