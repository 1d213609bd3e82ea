import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/observability/metrics/metric-catalog.ts';
import { CHART, renderChart, rulesOf, VALUES_FOLDER } from './rendered-chart.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

/** Every series of the daemon's page, with its labels. */
const SERIES = new Map(
  Object.entries(METRICS).flatMap(([name, { type, labels }]) => {
    const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name];
    return names.map((each) => [each, type === 'histogram' ? [...labels, 'le'] : labels] as const);
  }),
);
/** What Prometheus adds to a target's own. */
const TARGET_LABELS = ['job', 'instance', 'namespace', 'pod', 'container'];

const dashboard = JSON.parse(readFileSync(join(CHART, 'files/dashboard.json'), 'utf8')) as Dashboard;
const queries: [title: string, query: string][] = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [`panel "${title}"`, expr]),
  ),
  ...dashboard.templating.list.flatMap(({ definition }): [string, string][] =>
    definition === undefined ? [] : [['a variable', definition]],
  ),
  ...rulesOf(renderChart(join(VALUES_FOLDER, 'daemon-full-values.yaml')))
    // Of a CronJob Prometheus knows by kube-state-metrics.
    .filter(({ expr }) => !expr.includes('kube_cronjob_'))
    .map(({ alert, expr }): [string, string] => [`alert ${alert}`, expr]),
];

describe.each(queries)('%s', (_, query) => {
  const selected = [...query.matchAll(/([a-z_:]+)\{([^}]*)\}/g)];
  const named = query.match(/\b[a-z]+_[a-z_]+_?[a-z]+\b(?=[{,)])/g) ?? [];

  test('asks for metrics that the daemon has', () => {
    const metrics = named.filter((name) => name.startsWith('backup_archiver'));
    expect(metrics.length).toBeGreaterThan(0);
    expect(metrics.filter((name) => !SERIES.has(name))).toEqual([]);
  });

  test('selects by labels that they have', () => {
    for (const [, name = '', matchers = ''] of selected) {
      const labels = [...matchers.matchAll(/([a-z_]+)\s*[=!]~?/g)].map((match) => match[1]);
      const known = [...(SERIES.get(name) ?? []), ...TARGET_LABELS];
      expect(labels.filter((label) => label === undefined || !known.includes(label))).toEqual([]);
    }
  });
});
