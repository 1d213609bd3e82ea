import { expect, it } from 'vitest';
import { pruneTable } from '../../src/cli/render/prune-report.ts';
import type { ListedObject } from '../../src/ports/archive-store.ts';
import { planRetention } from '../../src/retention/retention-plan.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-29T04:00:00Z');
const POLICY = {
  ...{ keepLast: 7, keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 3 },
  ...{ keepWithin: '90d', minKeep: 3, timezone: 'UTC' },
};

function tableOf(database: string, width?: number): string[] {
  const archives = Array.from({ length: 120 }, (_, day) => {
    const backupId = `backup-${day}`;
    const createdAt = new Date(NOW - day * DAY - 3_600_000);
    const key = `${database}/${createdAt.toISOString()}_${backupId}.tar.gz`;
    return {
      database,
      createdAt,
      backupId,
      key,
      size: 1023 * 2 ** 20,
      lastModified: createdAt,
    } as ListedObject;
  });
  const { decisions, remove } = planRetention(archives, POLICY, { now: new Date(NOW) });
  const plan = { ...{ database, decisions, remove, retained: new Map(), unseen: new Set<ListedObject>() } };
  const report = { database, plan: { ...plan, reasonCounts: {}, refused: undefined, isHeldBack: false } };
  return [...pruneTable([report], NOW, width)].join('').split('\n');
}

it.each([80, 100, 132])('fits a terminal of %d columns, and loses no reason', (width) => {
  const lines = tableOf('my-app-staging', width);
  expect(lines.filter((line) => line.length > width)).toEqual([]);
  const joined = lines.join('\n').replace(/\n {4}/g, ' ');
  const reasons = (text: string) => text.split('\n').map((line) => line.replace(/ +/g, ' ').trimEnd());
  expect(reasons(joined)).toEqual(reasons(tableOf('my-app-staging').join('\n')));
});

it('has one line for each archive where nothing is a terminal, for grep and awk', () => {
  const lines = tableOf('my-app-staging');
  expect(lines.filter((line) => line.startsWith('my-app-staging '))).toHaveLength(120);
  expect(lines.some((line) => line.startsWith(' '))).toBe(false);
  expect(Math.max(...lines.map(({ length }) => length))).toBeGreaterThan(80);
});
