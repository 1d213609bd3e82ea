import { Document, isMap, isScalar } from 'yaml';
import { MASKS, maskCertain } from '../../redaction/mask-text.ts';
import { formatOf } from '../formats/formats.ts';
import type { Value } from '../formats/reading.ts';
import type { Config, ConfigOrigin, DatabaseConfig } from '../schema/config.ts';
import { databaseIdentity, databaseSections } from '../schema/database-schema.ts';
import { schema } from '../schema/schema.ts';
import { isSetting, type Section, type Setting } from '../schema/setting.ts';
import { FILE_SUFFIX } from '../sources/environment.ts';
import { secretsOf } from './secrets.ts';

/**
 * The effective configuration as YAML, every key in the order of the schema, `null` where it is unset. It can
 * be read back, with the secrets given by the environment: here they are `***`.
 */
export function printConfig(config: Config): string {
  const databases = config.databases.map((database) => databaseTree(database, config));
  const tree = masked(treeOf(schema, { ...config, databases }), secretsOf(config));
  const document = new Document(tree);
  document.commentBefore = header(config);
  if (isMap(document.contents)) {
    for (const { key } of document.contents.items.slice(1)) if (isScalar(key)) key.spaceBefore = true;
  }
  return document.toString({ lineWidth: 0 });
}

function header({ origin, proxy }: Config): string {
  const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
  return [
    'The effective configuration of backup-archiver. Secrets are masked.',
    `File: ${origin.file === undefined ? 'none' : JSON.stringify(maskCertain(origin.file, []))}`,
    `Environment: ${listed(origin.variables)}`,
    `Command line: ${listed(origin.flags)}`,
    ...proxyLines(proxy),
    ...origin.misspelt.map(misspeltLine),
  ]
    .map((line) => ` ${line}`)
    .join('\n');
}

/** Which proxies are used, without their logins; nothing where there is none. */
function proxyLines({ https, http, none }: Config['proxy']): string[] {
  const shown = (url: string | undefined): string => {
    if (url === undefined) return 'none';
    const { protocol, host, username, password } = new URL(url);
    return `${protocol}//${username === '' && password === '' ? '' : `${MASKS.config}@`}${host}`;
  };
  if (https === undefined && http === undefined) return [];
  return [`Proxies: https by ${shown(https)}, http by ${shown(http)}, without for ${none ?? 'no host'}`];
}

/** The sentence about a variable that has no effect. */
export function misspeltLine({ variable, meant }: ConfigOrigin['misspelt'][number]): string {
  return variable === meant + FILE_SUFFIX
    ? `${variable} is set, and is not read: only secrets are read from files; set ${meant}`
    : `${variable} is set, and is not read; did you mean ${meant}?`;
}

/** A database with what it has otherwise than the general settings. */
function databaseTree(database: DatabaseConfig, general: Config): Tree {
  return { ...treeOf(databaseIdentity, database), ...treeOf(databaseSections, database, general) };
}

type Tree = Record<string, unknown>;

/** @param values the effective ones of the section @param general those that are left out where they are the same */
function treeOf(section: Section, values: object, general?: object): Tree {
  const tree: Tree = {};
  for (const [name, node] of Object.entries(section)) {
    const value: unknown = Reflect.get(values, name);
    const other: unknown = general && Reflect.get(general, name);
    if (isSetting(node)) {
      if (node.environmentOnly === true || (general !== undefined && value === other)) continue;
      tree[name] = written(node, value as Value | undefined, general !== undefined);
    } else {
      const below = treeOf(node, value ?? {}, general && (other ?? {}));
      if (Object.keys(below).length > 0) tree[name] = below;
    }
  }
  return tree;
}

function written({ format, sensitive }: Setting, value: Value | undefined, isOverride: boolean): unknown {
  const { none = null, write } = formatOf(format);
  // A rule that is taken back: `null` would mean that the general one holds.
  if (value === undefined) return isOverride ? none : null;
  return sensitive === true ? MASKS.config : (write?.(value) ?? value);
}

/** No text passes that holds a secret, whichever key it stands under. */
function masked(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return maskCertain(value, secrets);
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [maskCertain(key, secrets), masked(item, secrets)]),
  );
}
