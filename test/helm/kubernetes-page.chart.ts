import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { CHART, type Manifest, podOf, renderChart, rulesOf, VALUES_FOLDER } from './rendered-chart.ts';

const PUBLISHED = 'oci://ghcr.io/backup-archiver/charts/backup-archiver';
const page = readFileSync(fileURLToPath(new URL('../../docs/kubernetes.md', import.meta.url)), 'utf8');

/** The commands of the page, each on one line. */
const commands = page
  .replace(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => /^ {4,}(kubectl|helm) /.test(line))
  .map((line) => line.trim());
/** Its YAML, block by block. */
const blocks = [...page.matchAll(/^( *)```yaml\n([\s\S]*?)^\1```/gm)].map(([, indent = '', text = '']) =>
  text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
);
const [values = '', serviceAccount = ''] = blocks;

const folder = mkdtempSync(join(tmpdir(), 'kubernetes-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const valuesFile = join(folder, 'my-values.yaml');
writeFileSync(valuesFile, values);

const namesOf = (manifests: readonly Manifest[], kind: string) =>
  manifests.filter((manifest) => manifest.kind === kind).map(({ metadata }) => metadata.name);

test('the page is read', () => {
  expect(blocks).toHaveLength(2);
  expect(commands).toHaveLength(6);
});

describe('as it is written', () => {
  test('the chart is installed, and prints the commands of the page', () => {
    const command = commands.find((each) => each.startsWith('helm install')) ?? '';
    // No cluster is here, nor the registry.
    const args = command.replace(PUBLISHED, CHART).split(/ +/).slice(1);
    const said = execFileSync(process.env.HELM ?? 'helm', [...args, '--dry-run=client'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(said).toContain('kubectl -n backups exec deploy/archiver-backup-archiver -- backup-archiver list');
    expect(commands).toContain(
      'kubectl -n backups exec deploy/archiver-backup-archiver -- backup-archiver list',
    );
  });

  test('its Secrets are the ones that the pod mounts, key by key', () => {
    const made = commands
      .filter((each) => each.startsWith('kubectl -n backups create secret generic '))
      .flatMap((each) => {
        const name = each.split(' ')[6] ?? '';
        return [...each.matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => `${name}/${key}`);
      });
    const sources = podOf(renderChart(valuesFile)).volumes.flatMap(
      ({ projected }) => projected?.sources ?? [],
    );
    const mounted = sources.flatMap(({ secret }) => secret.items.map(({ key }) => `${secret.name}/${key}`));
    expect(made.length).toBeGreaterThan(0);
    expect(mounted.toSorted()).toEqual(made.toSorted());
  });

  test('the Deployment and the CronJob that it names are there', () => {
    const named = (kind: string) =>
      commands.flatMap((each) => new RegExp(`\\b${kind}/([\\w-]+)`).exec(each)?.[1] ?? []);
    expect(named('deploy')).toEqual(namesOf(renderChart(valuesFile), 'Deployment'));
    expect(named('cronjob')).toEqual(namesOf(renderChart(valuesFile, '--set', 'mode=cronJob'), 'CronJob'));
  });

  test.each(['all', 'perDatabase', 'sharded'])('layout %s is one value away', (layout) => {
    expect(page).toContain(`- \`${layout}\`: `);
    const manifests = renderChart(valuesFile, '--set', 'mode=cronJob', '--set', `cronJob.layout=${layout}`);
    expect(namesOf(manifests, 'CronJob')).toHaveLength(1);
  });

  test('shards are refused where a failed one would be begun anew six times', () => {
    expect(page).toContain('Needs Kubernetes 1.29.');
    const sharded = ['--set', 'mode=cronJob', '--set', 'cronJob.layout=sharded', '--kube-version'];
    expect(() => renderChart(valuesFile, ...sharded, '1.28.15')).toThrow('sharded needs Kubernetes 1.29');
    expect(renderChart(valuesFile, ...sharded, '1.29.0')).not.toEqual([]);
  });

  test('IRSA takes an annotation and no keys', () => {
    const { secrets, ...rest } = parse(values) as { secrets: Record<string, unknown> };
    const file = join(folder, 'irsa.yaml');
    const keyless = { ...rest, secrets: { scalingoApiToken: secrets.scalingoApiToken } };
    writeFileSync(file, JSON.stringify({ ...keyless, ...(parse(serviceAccount) as object) }));
    const account = renderChart(file).find(({ kind }) => kind === 'ServiceAccount');
    expect(account?.metadata.annotations).toHaveProperty(['eks.amazonaws.com/role-arn']);
  });

  test('OpenShift chooses the user', () => {
    const set = /`(--set) (\S+runAsUser=null\S+)`/.exec(page)?.slice(1) ?? [];
    expect(set).toHaveLength(2);
    expect(podOf(renderChart(valuesFile, ...set)).securityContext).toEqual({
      runAsNonRoot: true,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('a wrong value is refused in the words of the page', () => {
    const words = /`(at '\/config\/retention\/minKeep'[^`]*)`/.exec(page)?.[1];
    expect(words).toBeDefined();
    expect(() => renderChart(valuesFile, '--set', 'config.retention.minKeep=0')).toThrow(words);
  });
});

test('every alert is on the page, and every value that the page names is one', () => {
  const alerts = ['daemon-full-values.yaml', 'cronjob-all-values.yaml'].flatMap((file) =>
    rulesOf(renderChart(join(VALUES_FOLDER, file))).map(({ alert }) => alert),
  );
  expect(new Set(page.match(/BackupArchiver\w+/g))).toEqual(new Set(alerts));
  const defaults = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>;
  const paths = [...page.matchAll(/`(\w+(?:\.\w+)+)`/g)].map(([, path = '']) => path);
  const known = paths.filter((path) => (path.split('.')[0] ?? '') in defaults && !path.startsWith('config.'));
  expect(known.length).toBeGreaterThan(5);
  const missing = known.filter((path) => {
    const value = path
      .split('.')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], defaults);
    return value === undefined;
  });
  expect(missing).toEqual([]);
});
