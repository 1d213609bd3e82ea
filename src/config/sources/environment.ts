import { resolve } from 'node:path';
import type { Setting } from '../schema/setting.ts';
import { readBoundedFile } from './bounded-file.ts';

export const FILE_SUFFIX = '_FILE';
/** Session tokens are the longest secrets, at some 2 KiB. */
const LARGEST_SECRET = 64 * 1024;

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Environment {
  /** The schema's variables that are set, secrets from their files included, by the variable's own name. */
  readonly values: ReadonlyMap<string, string>;
  /** The names that are set of variables that may have several, by the variable's own name. */
  readonly spelled: ReadonlyMap<string, string>;
  /** The variables that gave a secret by its file (`NAME`, not `NAME_FILE`). */
  readonly fromFile: ReadonlySet<string>;
  readonly problems: readonly { readonly variable: string; readonly line: string }[];
}

/**
 * The environment as the schema sees it. An empty variable is an unset one; a secret may be in the file
 * that `NAME_FILE` names, with one newline at its end dropped.
 */
export function readEnvironment(settings: Iterable<Setting>, variables: Variables, cwd: string): Environment {
  const values = new Map<string, string>();
  const spelled = new Map<string, string>();
  const fromFile = new Set<string>();
  const problems: { variable: string; line: string }[] = [];
  for (const { env, sensitive, spellings } of settings) {
    if (env === undefined) continue;
    const name = spellings?.find((each) => isSet(variables[each])) ?? env;
    if (name !== env) spelled.set(env, name);
    const value = variables[name];
    if (isSet(value)) values.set(env, value);
    const path = sensitive === true ? variables[env + FILE_SUFFIX] : undefined;
    if (!isSet(path)) continue;
    const secret = isSet(value)
      ? { why: `${name} is set too; give one of the two` }
      : readSecret(resolve(cwd, path));
    if ('why' in secret) {
      problems.push({ variable: env, line: `${env}${FILE_SUFFIX} (from the environment): ${secret.why}` });
    } else {
      fromFile.add(env);
      values.set(env, secret.text);
    }
  }
  return { values, spelled, fromFile, problems };
}

export function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function readSecret(path: string): { readonly text: string } | { readonly why: string } {
  const file = readBoundedFile(path, LARGEST_SECRET);
  // The path is not shown: a secret put there by mistake would be.
  if ('why' in file)
    return {
      why: `the file that it names cannot be used: ${file.why}; it must name the file that holds the secret, not the secret`,
    };
  const text = file.text.replace(/\r?\n$/, '');
  return text === '' ? { why: 'the file that it names is empty' } : { text };
}
