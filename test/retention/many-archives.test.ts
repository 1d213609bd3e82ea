import { expect, test } from 'vitest';
import { planRetention } from '../../src/retention/retention-plan.ts';

const now = new Date('2026-06-01T00:00Z');

test('100,000 archives take well under two seconds', () => {
  const archives = Array.from({ length: 100_000 }, (_, hour) => ({
    createdAt: new Date(Date.UTC(2010, 0) + ((hour * 7919) % 100_000) * 3_600_000),
    backupId: hour.toString(16).padStart(24, '0'),
  }));
  const policy = { keepLast: 7, keepDaily: 30, keepWeekly: 60, keepMonthly: 500, keepYearly: 50 };
  // Processor time, so that a busy machine does not fail it.
  const before = process.cpuUsage();
  const plan = planRetention(
    archives,
    { ...policy, keepWithin: '2y', minKeep: 3, timezone: 'America/St_Johns' },
    { now },
  );
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  expect(plan.decisions).toHaveLength(100_000);
  expect(plan.reasonCounts).toMatchObject({ last: 7, daily: 30, weekly: 60, monthly: 139, yearly: 14 });
});
