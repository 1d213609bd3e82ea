import { describe, expect, test } from 'vitest';
import { planRetention } from '../../src/retention/retention-plan.ts';
import { archiveOf, keptRow, nowOf, policyOf } from './golden-table.ts';
import { GOLDEN_TABLES } from './golden-tables.ts';

describe('golden tables', () => {
  test('there are enough of them, each under its own name', () => {
    expect(new Set(GOLDEN_TABLES.map(({ name }) => name)).size).toBe(GOLDEN_TABLES.length);
    expect(GOLDEN_TABLES.length).toBeGreaterThanOrEqual(40);
    expect(GOLDEN_TABLES.filter(({ restic }) => restic).length).toBeGreaterThanOrEqual(12);
  });

  test.each(GOLDEN_TABLES)('$name', (table) => {
    const plan = planRetention(table.archives.map(archiveOf), policyOf(table), { now: nowOf(table) });

    const expected = new Map(table.kept.map((line) => [keptRow(line).row, keptRow(line).reasons]));
    const rows = [...new Set(table.archives)];
    expect(Object.fromEntries(plan.decisions.map(({ archive, reasons }) => [archive.row, reasons]))).toEqual(
      Object.fromEntries(rows.map((row) => [row, expected.get(row) ?? ['no rule keeps it']])),
    );
    // Order too: newest first, as the tables are written.
    expect(plan.keep.map(({ row }) => row)).toEqual(table.kept.map((line) => keptRow(line).row));
    expect(plan.decisions.filter(({ keep }) => keep).map(({ archive }) => archive)).toEqual(plan.keep);
    expect(plan.decisions.filter(({ keep }) => !keep).map(({ archive }) => archive)).toEqual(plan.remove);
  });
});
