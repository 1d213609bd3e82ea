import { DATABASE_NAME } from '../../model/archive-key.ts';
import type { Value } from '../formats/reading.ts';
import { type Origin, type Problems, refusalLine } from '../report/problems.ts';
import { showValue } from '../report/show-value.ts';
import { databaseEntry } from '../schema/database-schema.ts';
import { schema } from '../schema/schema.ts';
import { settingsOf } from '../schema/setting.ts';
import { readLayers } from '../sources/layers.ts';
import { Settings } from '../sources/settings.ts';
import { isPlainMap } from '../sources/tree.ts';
import { flatten } from './shape.ts';

/** One database as given: `name`, `app`, `id` and its overrides, over the general settings. */
export interface DatabaseInput {
  /** `databases[2]`; for the single one of the environment, its variables' names do. */
  readonly label: string;
  readonly settings: Settings;
}

/** Where an entry of the list, or a key of it, stands. */
export type Locate = (path: readonly (string | number)[]) => Origin;

/** Reads the list entry by entry; what is wrong with one does not hide what is wrong with the next. */
export function readDatabases(general: Settings, locate: Locate, problems: Problems): DatabaseInput[] {
  const list = general.list('databases') ?? [];
  const databases: DatabaseInput[] = [];
  for (const [index, entry] of list.entries()) {
    const label = `databases[${index}]`;
    if (isPlainMap(entry)) {
      const at: Locate = (path) => locate(['databases', index, ...path]);
      databases.push({ label, settings: readEntry(entry, `${label}.`, general, at, problems) });
    } else {
      const origin = locate(['databases', index]);
      const shown = showValue(entry, problems.secrets);
      problems.add(
        `${label} (${originText(origin)}): ${shown} is no entry; allowed: a map with name, app and id`,
        label,
      );
    }
  }
  return databases;
}

const entrySchema = settingsOf(databaseEntry);

function readEntry(
  entry: Record<string, unknown>,
  prefix: string,
  general: Settings,
  locate: Locate,
  problems: Problems,
): Settings {
  const placement = { prefix, where: (path: readonly string[]) => originText(locate(path)) };
  const file = flatten(entry, databaseEntry, placement, problems);
  const layers = { file, environment: new Map<string, string>(), flags: new Map<string, unknown>() };
  const originOf = (key: string): Origin =>
    // What an entry must have is missing at the place of the entry; an override is merely not there.
    file.has(key) || !key.includes('.') ? locate(key.split('.')) : { source: 'unset' };
  const values = readLayers(databaseEntry, layers, (key, setting, raw, refusal) => {
    problems.add(
      refusalLine(prefix + key, setting, originOf(key), raw, refusal, problems.secrets),
      prefix + key,
    );
  });
  return new Settings({ schema: entrySchema, values, problems, originOf, prefix, general });
}

const singleSchema = settingsOf(schema.database);

/** The single database that `DATABASE_NAME`, `SCALINGO_APP` and `DATABASE_ID` give, where one of them is set. */
export function readSingleDatabase(
  general: Settings,
  generalOriginOf: (key: string) => Origin,
  problems: Problems,
): DatabaseInput | undefined {
  const prefix = 'database.';
  const given = [...singleSchema.keys()].filter((key) => !general.lacks(prefix + key));
  if (given.length === 0) return undefined;
  const values = new Map<string, Value>();
  for (const key of given) {
    const value = general.get(prefix + key);
    if (value !== undefined) values.set(key, value);
  }
  const name = nameOfSingle(values);
  if (!values.has('name') && name !== undefined && general.lacks('database.name')) values.set('name', name);
  const originOf = (key: string): Origin => generalOriginOf(prefix + key);
  return {
    label: 'the database of the environment',
    settings: new Settings({ schema: singleSchema, values, problems, originOf, prefix, general }),
  };
}

/** The application's name where it can be a database's, else the addon id, which always can. */
function nameOfSingle(values: ReadonlyMap<string, Value>): string | undefined {
  const candidates = [values.get('app'), values.get('id')];
  const name = candidates.find((value) => typeof value === 'string' && DATABASE_NAME.test(value));
  return name === undefined ? undefined : String(name);
}

export function originText(origin: Origin): string {
  if (origin.source === 'flag') return 'from the command line';
  if (origin.source === 'environment') return `from the environment, ${origin.variable}`;
  if (origin.source === 'unset') return 'not set';
  return `from the file ${origin.file}${origin.line === undefined ? '' : `, line ${origin.line}`}`;
}
