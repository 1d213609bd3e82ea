import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly uses?: string;
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const read = (path: string) => readFileSync(at(path), 'utf8');
const FILES = readdirSync(at('.github/workflows'));

describe.each(FILES)('%s', (file) => {
  const text = read(`.github/workflows/${file}`);
  const { permissions, jobs } = parse(text) as Workflow;

  test('uses nothing of others that could change under it', () => {
    const used = [...text.matchAll(/^.*\buses: *(.*)$/gm)].map(([, what = '']) => what);
    expect(used.length).toBeGreaterThan(0);
    const moving = used.filter((what) => !/^(\.\/|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)/.test(what));
    expect(moving).toEqual([]);
  });

  test('gives no job a right, or a time, that it does not name', () => {
    expect(permissions).toEqual({});
    for (const job of Object.values(jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job['timeout-minutes'] ?? job.uses).toBeDefined();
    }
  });

  test('hands no expression to a shell', () => {
    const scripts = [...text.matchAll(/^( *)(?:- )?run: (?:\|\n((?:\1 +.*\n|\n)+)|(.*)\n)/gm)].map(
      ([, , block, line]) => block ?? line ?? '',
    );
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((script) => script.includes('${{'))).toEqual([]);
  });
});

test('an action has one version in all of them', () => {
  const pins = FILES.flatMap((file) =>
    read(`.github/workflows/${file}`).match(/[\w-]+\/[\w-]+@[0-9a-f]{40}/g),
  );
  const names = new Set(pins.map((pin) => pin?.split('@')[0]));
  expect(new Set(pins).size).toBe(names.size);
});

test('what is published is what chart, Compose file and pages name', () => {
  const { env = {} } = parse(read('.github/workflows/release.yml')) as Workflow;
  const values = parse(read('helm/backup-archiver/values.yaml')) as {
    image: { repository: string };
    restoreTestJob: { image: { repository: string } };
  };
  expect(values.image.repository).toBe(env.IMAGE);
  expect(values.restoreTestJob.image.repository).toBe(env.TOOLS_IMAGE);
  expect(read('docker-compose.production.yml')).toContain(`:-${env.IMAGE}:`);
  for (const page of ['docs/kubernetes.md', 'docs/releasing.md', 'helm/backup-archiver/README.md']) {
    const named = read(page).match(/ghcr\.io\/[\w./-]+/g) ?? [];
    expect(named.length).toBeGreaterThan(0);
    const published = [env.IMAGE, env.TOOLS_IMAGE, env.CHARTS, `${env.CHARTS}/backup-archiver`];
    expect(named.filter((name) => !published.includes(name.replace(/[.]$/, '')))).toEqual([]);
  }
});
