import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfig } from '../../src/config/load-config.ts';
import { ConfigError } from '../../src/config/report/config-error.ts';
import type { Config } from '../../src/config/schema/config.ts';

/** Secrets that no output may hold. */
export const CANARIES = {
  SCALINGO_API_TOKEN: 'tk-us-CanaryApiToken_0001',
  AWS_ACCESS_KEY_ID: 'CANARYACCESSKEY0002',
  AWS_SECRET_ACCESS_KEY: 'canary/Secret+Access/Key-0003',
  AWS_SESSION_TOKEN: 'canary-session-token-0004==',
  NOTIFY_PING_URL: 'https://ping.example.com/canary-ping-0006',
  NOTIFY_WEBHOOK_URL: 'https://hooks.example.com/services/canary-webhook-0007?key=canary-webhook-key-0008',
  RESTORE_TEST_POSTGRESQL_URL:
    'postgresql://tester:canary-postgresql-0009@db.example.com:5433/postgres?sslmode=require',
  RESTORE_TEST_MYSQL_URL: 'mysql://tester:canary-mysql-0010@db.example.com',
} as const;

/** A bearer token's canary: it can't stand beside an API token. */
export const BEARER_CANARY = 'eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOjV9.c2lnbmF0dXJlLTAwMDU';

/** Enough for a configuration without a file. */
export const SOUND: Readonly<Record<string, string>> = {
  ...CANARIES,
  DATABASE_NAME: 'shop',
  SCALINGO_APP: 'shop-app',
  DATABASE_ID: 'ad-0001',
  S3_BUCKET: 'archives',
  S3_REGION: 'eu-west-3',
};

/** The same without the single database, for files with a list. */
export const SOUND_BUT_DATABASES = without(SOUND, 'DATABASE_NAME', 'SCALINGO_APP', 'DATABASE_ID');

export const ONE_DATABASE = 'databases: [{ name: shop, app: shop-app, id: ad-0001 }]\n';

export function without(env: Readonly<Record<string, string>>, ...names: string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

export interface Situation {
  /** The text of `config/archiver.yaml`. */
  readonly yaml?: string | Uint8Array | undefined;
  /** Other files, by path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** The whole environment; `SOUND` if left out. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly configFile?: string | undefined;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly needs?: 'everything' | 'bucket';
}

/** Loads a configuration in a fresh directory that is gone afterwards. */
export function load({ yaml, files, env = SOUND, ...options }: Situation): Config {
  return inDirectory((cwd) => {
    writeFiles(cwd, { yaml, files });
    return loadConfig({ env, cwd, ...options });
  });
}

/** Writes the files of a situation. */
export function writeFiles(cwd: string, { yaml, files = {} }: Pick<Situation, 'yaml' | 'files'>): void {
  const all = yaml === undefined ? files : { 'config/archiver.yaml': yaml, ...files };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), content);
  }
}

/** The problems of a configuration that must not load. */
export function problemsOf(situation: Situation): readonly string[] {
  return problemsOfLoading(() => load(situation));
}

/** The same where its files have been written. */
export function problemsIn(
  cwd: string,
  { env = SOUND, configFile }: Pick<Situation, 'env' | 'configFile'>,
): readonly string[] {
  return problemsOfLoading(() => loadConfig({ env, cwd, configFile }));
}

function problemsOfLoading(work: () => Config): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was taken for a sound one');
}

/** Gone when `work` has ended. */
export function inDirectory<T>(work: (cwd: string) => T): T {
  const cwd = mkdtempSync(join(tmpdir(), 'archiver-config-'));
  try {
    return work(cwd);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
