import { ArchiverError } from '../model/errors.ts';
import { formatOf } from './formats/formats.ts';
import type { Value } from './formats/reading.ts';
import type { DatabaseInput } from './rules/databases.ts';
import type { Config, ConfigOrigin } from './schema/config.ts';
import { databaseIdentity, databaseSections } from './schema/database-schema.ts';
import { schema } from './schema/schema.ts';
import { type InferSettings, isSetting, type Section, type Setting, TOGETHER } from './schema/setting.ts';
import type { Settings } from './sources/settings.ts';

export interface Resolvable {
  readonly general: Settings;
  readonly databases: readonly DatabaseInput[];
  readonly origin: ConfigOrigin;
  /** `AWS_REGION`, where it counts. */
  readonly awsRegion: string | undefined;
  /** Absolute; relative paths are read from here. */
  readonly cwd: string;
}

/** The configuration as the program takes it, once nothing is wrong with it any more. */
export function resolveConfig({ general, databases, origin, ...place }: Resolvable): Config {
  const { database: _single, databases: _list, ...sections } = schema;
  const entry = { ...databaseIdentity, ...databaseSections };
  return {
    ...resolveSection(sections, general, place),
    origin,
    databases: databases.map(({ settings }) => resolveSection(entry, settings, place)),
  };
}

type Place = Pick<Resolvable, 'awsRegion' | 'cwd'>;

function resolveSection<S extends Section>(
  section: S,
  settings: Settings,
  place: Place,
  prefix = '',
): InferSettings<S> {
  const entries = Object.entries(section).map(([name, node]) => {
    const key = prefix + name;
    if (isSetting(node)) return [name, resolveSetting(key, node, settings, place)] as const;
    const below = resolveSection(node, settings, place, `${key}.`);
    const isUnset = node[TOGETHER] === true && Object.values<unknown>(below).includes(undefined);
    return [name, isUnset ? undefined : below] as const;
  });
  // Every key is there, each with what its format and its fallback give.
  return Object.fromEntries(entries) as InferSettings<S>;
}

function resolveSetting(key: string, setting: Setting, settings: Settings, place: Place): Value | undefined {
  const given = settings.get(key);
  if (given !== undefined) {
    const { effective } = formatOf(setting.format);
    return effective === undefined ? given : effective(given, place.cwd);
  }
  const { default: otherwise, fallback, required } = setting;
  const value = fallback?.({ text: (other) => settings.text(other), awsRegion: place.awsRegion });
  const mayBeUnset = otherwise === null && fallback === undefined && required !== true;
  if (value !== undefined || mayBeUnset) return value;
  throw new ArchiverError('internal.error', `the setting ${key} was not checked`, {
    hint: 'This is a defect in backup-archiver: please report it.',
  });
}
