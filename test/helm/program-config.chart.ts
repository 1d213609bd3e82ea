import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  environmentOf,
  type Manifest,
  type Pod,
  podsOf,
  renderChart,
  templateOf,
  VALUES_FOLDER,
} from './rendered-chart.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/backup-archiver.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'chart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stand-ins for what the pod finds in its Secrets. */
const SECRETS: Readonly<Record<string, string>> = {
  SCALINGO_API_TOKEN: 'tk-us-token-of-the-test',
  AWS_ACCESS_KEY_ID: 'ID',
  AWS_SECRET_ACCESS_KEY: 'key',
  AWS_SESSION_TOKEN: 'session',
  NOTIFY_PING_URL: 'https://hc.example.com/ping/uuid',
  NOTIFY_WEBHOOK_URL: 'https://hooks.example.com/uuid',
  RESTORE_TEST_POSTGRESQL_URL: 'postgresql://tester:an-example@scratch.example.com/postgres',
  RESTORE_TEST_MYSQL_URL: 'mysql://tester:an-example@scratch.example.com',
};

const files = readdirSync(VALUES_FOLDER);

describe.each(files)('the configuration of %s', (file) => {
  const valuesFile = join(VALUES_FOLDER, file);
  const manifests = renderChart(valuesFile);
  const values = parse(readFileSync(valuesFile, 'utf8')) as Values;
  const pods = podsOf(manifests);

  test('is read by the program, and as it was written', () => {
    const environment = secretFiles(pods);
    const rendered = printed('rendered.yaml', renderedConfig(manifests), environment);
    const http = values.mode === 'daemon' ? { http: { port: 8080, ...values.http } } : {};
    const { enabled: _, ...served } = (http.http ?? {}) as Record<string, unknown>;
    // Kubernetes keeps that schedule.
    const { restoreTest: __, ...config } = values.config;
    const written = { ...config, ...(values.mode === 'daemon' ? { http: served } : {}) };
    // JSON is YAML, and no YAML writer's quoting rules come between.
    expect(rendered).toEqual(printed('written.yaml', JSON.stringify(written), environment));
  });

  test('names every secret by a variable that the program knows', () => {
    const secretNames = new Set(pods.flatMap(secretVariablesOf).map(({ name }) => name));
    expect(secretNames.size).toBe(Object.keys(values.secrets).length);
    for (const name of secretNames) expect(Object.keys(SECRETS)).toContain(name.replace(/_FILE$/, ''));
  });

  test('gives the servers of the restore tests to their pods alone', () => {
    for (const pod of pods) {
      const isRestoring = pod.containers[0]?.args[0] === 'restore-test';
      const names = secretVariablesOf(pod).map(({ name }) => name);
      expect(names.some((name) => name.startsWith('RESTORE_TEST_'))).toBe(isRestoring);
    }
  });

  test.each(pods)('mounts every secret and the configuration where the environment says: pod %#', (pod) => {
    const { containers, volumes } = pod;
    const mounts = containers[0]?.volumeMounts ?? [];
    const sources = volumes.find(({ name }) => name === 'secrets')?.projected?.sources ?? [];
    const mounted = sources.flatMap(({ secret }) => secret.items.map(({ path }) => path));
    const at = mounts.find(({ name }) => name === 'secrets')?.mountPath;
    const named = secretVariablesOf(pod);
    expect(named.map(({ value }) => value)).toEqual(mounted.map((path) => `${at}/${path}`));
    const config = environmentOf(pod).find(({ name }) => name === 'ARCHIVER_CONFIG')?.value;
    expect(config).toBe(`${mounts.find(({ name }) => name === 'config')?.mountPath}/archiver.yaml`);
  });
});

test('a change of the configuration changes the checksum of the pod, and nothing else does', () => {
  const valuesFile = join(VALUES_FOLDER, 'daemon-values.yaml');
  const checksum = (...more: string[]) =>
    JSON.stringify(templateOf(renderChart(valuesFile, ...more)).metadata.annotations);
  const before = checksum();
  expect(checksum()).toBe(before);
  expect(checksum('--set', 'podMonitor.enabled=true')).toBe(before);
  expect(checksum('--set', 'config.concurrency=5')).not.toBe(before);
  expect(checksum('--set', 'secrets.scalingoApiToken.value=tk-us-another')).not.toBe(before);
});

/** docs/kubernetes.md says that these pass the chart, and that the program refuses them. */
test.each([
  ['config.schedule.timezone=Europe/Pariss', 'schedule.timezone'],
  ['config.schedule.cron=0 3 31 2 *', 'schedule.cron'],
  ['config.backup.timeout=1s', 'backup.timeout'],
])('%s is refused by the program, with exit code 2', (value, key) => {
  const manifests = renderChart(join(VALUES_FOLDER, 'daemon-values.yaml'), '--set-string', value);
  const { status, stderr } = readBack(
    'refused.yaml',
    renderedConfig(manifests),
    secretFiles(podsOf(manifests)),
  );
  expect({ status, lines: stderr.trim().split('\n').length }).toEqual({ status: 2, lines: 1 });
  expect(stderr).toContain(`${key} (from the file `);
});

interface Values {
  readonly mode: string;
  readonly config: Record<string, unknown>;
  readonly http?: Record<string, unknown>;
  readonly secrets: Record<string, unknown>;
}

function renderedConfig(manifests: readonly Manifest[]): string {
  const texts = manifests.map(({ kind, data }) =>
    kind === 'ConfigMap' ? data?.['archiver.yaml'] : undefined,
  );
  const text = texts.find((each) => each !== undefined);
  if (text === undefined) throw new Error('no ConfigMap holds archiver.yaml');
  return text;
}

/** The variables of a pod that name the file of a secret. */
function secretVariablesOf(pod: Pod) {
  return environmentOf(pod).filter(({ name }) => name.endsWith('_FILE'));
}

/** The secret variables of pods, their files standing here. */
function secretFiles(pods: readonly Pod[]): Record<string, string> {
  return Object.fromEntries(
    pods.flatMap(secretVariablesOf).map(({ name }) => {
      const path = join(folder, name);
      writeFileSync(path, SECRETS[name.replace(/_FILE$/, '')] ?? '');
      return [name, path];
    }),
  );
}

/** What the program makes of a configuration, without the comment that names the file. */
function printed(name: string, text: string, env: Readonly<Record<string, string>>): unknown {
  const { status, stdout, stderr } = readBack(name, text, env);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return parse(stdout);
}

/** The program's `--print-config` of a configuration. */
function readBack(name: string, text: string, env: Readonly<Record<string, string>>) {
  const path = join(folder, name);
  writeFileSync(path, text);
  return spawnSync(process.execPath, [PROGRAM, '--print-config'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env, ARCHIVER_CONFIG: path },
  });
}
