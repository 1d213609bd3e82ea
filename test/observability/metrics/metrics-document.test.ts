import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURE_PHASES } from '../../../src/observability/metrics/failure-phase.ts';
import { METRICS } from '../../../src/observability/metrics/metric-catalog.ts';
import { Metrics } from '../../../src/observability/metrics/metrics.ts';
import { namesOn } from './reading-metrics.ts';
import { DOCUMENT, withCurrentTable } from './reference.ts';

const document = readFileSync(DOCUMENT, 'utf8');

test('the table is in step with the catalog (node test/observability/metrics/reference.ts writes it)', () => {
  expect(document).toBe(withCurrentTable(document));
});

test('the page has every metric of the catalog, and none of our own beside it', async () => {
  const names = namesOn((await new Metrics().page()).text);
  expect(names.filter((name) => name.startsWith('backup_archiver_')).sort()).toEqual(
    Object.keys(METRICS).sort(),
  );
  expect(names).toContain('process_resident_memory_bytes');
});

test('every phase is explained', () => {
  for (const phase of FAILURE_PHASES) expect(document).toMatch(new RegExp(`^\\| \`${phase}\` `, 'm'));
});

test('every query names a metric that exists', () => {
  const named = document.match(/backup_archiver_[a-z_]+/g) ?? [];
  expect(named.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
});
