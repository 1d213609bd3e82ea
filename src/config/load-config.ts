import { formats } from './formats/formats.ts';
import { ConfigError } from './report/config-error.ts';
import { type Origin, Problems, refusalLine } from './report/problems.ts';
import { rawSecrets } from './report/secrets.ts';
import { showKey, showValue } from './report/show-value.ts';
import { resolveConfig } from './resolve.ts';
import { checkDatabases, checkScalingo, checkWaits } from './rules/database-rules.ts';
import { originText, readDatabases, readSingleDatabase } from './rules/databases.ts';
import type { ConfigInput } from './rules/input.ts';
import { misspeltVariables } from './rules/misspelt-variables.ts';
import { nearest } from './rules/nearest.ts';
import { checkRestoreTest } from './rules/restore-rules.ts';
import { flatten } from './rules/shape.ts';
import { checkBucket, checkCredentials, checkProtection } from './rules/store-rules.ts';
import { checkVerify } from './rules/verify-rules.ts';
import type { Config } from './schema/config.ts';
import { settings as allSettings, schema } from './schema/schema.ts';
import { checkCaFile } from './sources/ca-file.ts';
import {
  type Environment,
  FILE_SUFFIX,
  isSet,
  readEnvironment,
  type Variables,
} from './sources/environment.ts';
import { readLayers } from './sources/layers.ts';
import { Settings } from './sources/settings.ts';
import { nest } from './sources/tree.ts';
import { type ConfigFile, readConfigFile } from './sources/yaml-file.ts';

export interface LoadOptions {
  /** `process.env`. */
  readonly env: Variables;
  /** Absolute; relative paths are read from here. */
  readonly cwd: string;
  /** `--config`. */
  readonly configFile?: string | undefined;
  /**
   * What the command line overrides, by dotted key: `{ 's3.bucket': 'b', concurrency: '4' }`. Values may be
   * text; null and undefined are unset.
   */
  readonly flags?: Readonly<Record<string, unknown>> | undefined;
  /**
   * `bucket`: for verbs that never ask Scalingo (`list`, `download`): a token and databases may be missing,
   * though what is given must be right. Default `everything`.
   */
  readonly needs?: 'everything' | 'bucket' | undefined;
}

/**
 * Reads the file, then the environment, then the flags, later ones winning.
 * @throws ConfigError with every problem at once; no line holds a secret
 */
export function loadConfig({ env, cwd, configFile, flags = {}, needs = 'everything' }: LoadOptions): Config {
  const problems = new Problems();
  const flagTree = nest(new Map(Object.entries(flags).filter(([key]) => allSettings.has(key))));
  const environment = readEnvironment(allSettings.values(), env, cwd);
  const file = readConfigFile({ cwd, flag: configFile, variable: env.ARCHIVER_CONFIG || undefined });

  problems.secrets.push(...rawSecrets(environment, file?.tree ?? {}, flagTree));
  reportSources(environment, file, problems);
  reportUnknownFlags(flags, problems);

  const locate = (path: readonly (string | number)[]): Origin => ({
    source: 'file',
    file: file?.shown ?? '',
    line: file?.lineOf(path),
  });
  const where = (path: readonly string[]): string => originText(locate(path));
  const inFile = flatten(file?.tree ?? {}, schema, { prefix: '', where }, problems);
  const inFlags = flatten(flagTree, schema, { prefix: '', where: () => 'from the command line' }, problems);
  const originOf = (key: string): Origin => {
    if (inFlags.has(key)) return { source: 'flag' };
    const name = allSettings.get(key)?.env;
    if (name !== undefined && environment.values.has(name)) {
      return { source: 'environment', variable: variableOf(name, environment) };
    }
    return inFile.has(key) ? locate(key.split('.')) : { source: 'unset' };
  };
  const layers = { file: inFile, environment: environment.values, flags: inFlags };
  const values = readLayers(schema, layers, (key, setting, raw, refusal) => {
    problems.add(refusalLine(key, setting, originOf(key), raw, refusal, problems.secrets), key);
  });
  const general = new Settings({ schema: allSettings, values, problems, originOf, prefix: '' });

  const locateEntry = inFlags.has('databases') ? (): Origin => ({ source: 'flag' }) : locate;
  const listed = readDatabases(general, locateEntry, problems);
  const single = readSingleDatabase(general, originOf, problems);
  const databases = single === undefined ? listed : [...listed, single];
  const awsRegion = general.lacks('s3.region') ? readAwsRegion(env.AWS_REGION, problems) : undefined;
  checkCaFile(general, cwd);
  const variableNames = Object.keys(env).filter((name) => isSet(env[name]));
  // Without its file most of a configuration is missing: to say so would bury the reason.
  if (file === undefined || file.tree !== undefined) {
    const needsScalingo = needs === 'everything';
    check({ general, databases, single, needsScalingo, awsRegion, variableNames });
  }

  const lines = problems.lines();
  if (lines.length > 0) throw new ConfigError(lines);
  const variables = [...environment.values.keys()].map((name) => variableOf(name, environment));
  const misspelt = misspeltVariables(variableNames);
  const origin = { file: file?.path, variables, misspelt, flags: [...inFlags.keys()] };
  return resolveConfig({ general, databases, origin, awsRegion, cwd });
}

function check(given: ConfigInput): void {
  checkScalingo(given);
  checkDatabases(given);
  checkWaits(given);
  checkVerify(given);
  checkBucket(given);
  checkRestoreTest(given);
  checkCredentials(given);
  checkProtection(given);
}

function reportSources(environment: Environment, file: ConfigFile | undefined, problems: Problems): void {
  for (const line of file?.problems ?? []) problems.add(line);
  for (const { variable, line } of environment.problems) {
    problems.add(line, [...allSettings].find(([, { env }]) => env === variable)?.[0]);
  }
}

function reportUnknownFlags(flags: Readonly<Record<string, unknown>>, problems: Problems): void {
  for (const key of Object.keys(flags).filter((name) => !allSettings.has(name))) {
    const meant = nearest(key, allSettings.keys());
    const advice = meant === undefined ? '' : `; did you mean ${meant}?`;
    problems.add(`${showKey(key, problems.secrets)} (from the command line): unknown key${advice}`);
  }
}

function variableOf(name: string, environment: Environment): string {
  return environment.fromFile.has(name) ? name + FILE_SUFFIX : (environment.spelled.get(name) ?? name);
}

/** The SDK's own variable, which a pod may have for other reasons: it never overrides `s3.region`. */
function readAwsRegion(value: string | undefined, problems: Problems): string | undefined {
  if (!isSet(value)) return undefined;
  const reading = formats.region.read(value, {});
  if ('value' in reading) return value;
  const shown = showValue(value, problems.secrets);
  const allowed = formats.region.allowed({});
  problems.add(
    `AWS_REGION (from the environment): ${shown} ${reading.why}; allowed: ${allowed}`,
    's3.region',
  );
  return undefined;
}
