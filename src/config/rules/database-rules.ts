import { formatDuration } from '../../text/duration.ts';
import { REGIONS, schema } from '../schema/schema.ts';
import type { Settings } from '../sources/settings.ts';
import type { DatabaseInput } from './databases.ts';
import { type ConfigInput, missing } from './input.ts';
import { nearest } from './nearest.ts';

/** Tokens, region and URLs. */
export function checkScalingo(given: ConfigInput): void {
  const { general, databases, needsScalingo } = given;
  const [apiToken, bearerToken] = ['scalingo.apiToken', 'scalingo.bearerToken'] as const;
  if (general.has(apiToken) && general.has(bearerToken)) {
    general.reject(
      apiToken,
      `is given and ${general.where(bearerToken)} too; exactly one of the two is allowed`,
    );
  } else if (needsScalingo && general.lacks(apiToken) && general.lacks(bearerToken)) {
    missing(given, apiToken, "give an API token, or one database's token as DB_BEARER_TOKEN");
  }
  if (general.has(bearerToken) && databases.length > 1) {
    general.reject(
      bearerToken,
      `is the token of one database, and ${databases.length} are given; use SCALINGO_API_TOKEN`,
    );
  }
  const region = general.text('scalingo.region');
  const overridden = ['authUrl', 'apiUrl', 'databaseApiUrl'].every((name) => general.has(`scalingo.${name}`));
  if (region !== undefined && !overridden && !REGIONS.some((known) => known === region)) {
    const meant = nearest(region, REGIONS);
    general.reject(
      'scalingo.region',
      `${general.shown('scalingo.region')} is not a region that is known here; allowed: ${REGIONS.join(', ')}, or any with all three URLs given` +
        (meant === undefined ? '' : `; did you mean ${meant}?`),
    );
  }
}

/** The databases: that there are some, complete, and with names of their own. */
export function checkDatabases(given: ConfigInput): void {
  const { general, databases, single, needsScalingo } = given;
  if (single !== undefined && databases.length > 1) {
    const variables = Object.keys(schema.database)
      .filter((key) => general.has(`database.${key}`))
      .map((key) => single.settings.where(key));
    general.reject(
      'databases',
      `are given as a list, and a single one by ${variables.join(' and ')}; give one of the two`,
    );
    return;
  }
  if (needsScalingo && databases.length === 0 && general.lacks('databases')) {
    general.reject(
      'databases',
      'none is given; give a list in YAML, or SCALINGO_APP, DATABASE_ID and DATABASE_NAME',
    );
  } else if (needsScalingo && databases.length === 0 && general.list('databases')?.length === 0) {
    general.reject('databases', 'the list is empty; give at least one entry with name, app and id');
  }
  for (const { settings } of databases) checkIdentity(settings, general.has('scalingo.bearerToken'));
  checkUnique(databases, 'name');
  checkUnique(databases, 'id');
}

function checkIdentity(database: Settings, hasBearer: boolean): void {
  if (database.lacks('name')) database.reject('name', 'is missing; it names the folder in the bucket');
  if (database.lacks('id')) database.reject('id', 'is missing; give the addon id, "ad-…"');
  if (database.lacks('app') && !hasBearer) {
    database.reject('app', 'is missing; an API token needs the application that the addon belongs to');
  }
}

function checkUnique(databases: readonly DatabaseInput[], key: 'name' | 'id'): void {
  const first = new Map<string, string>();
  for (const { label, settings } of databases) {
    const value = settings.text(key);
    if (value === undefined) continue;
    const other = first.get(value);
    if (other === undefined) first.set(value, label);
    else settings.reject(key, `${settings.shown(key)} is the ${key} of ${other} already; each needs its own`);
  }
}

/** Settings of the schedule and the backup that contradict each other, generally or for one database. */
export function checkWaits({ general, databases }: ConfigInput): void {
  for (const settings of [general, ...databases.map((database) => database.settings)]) {
    const [interval, timeout] = [settings.number('backup.pollInterval'), settings.number('backup.timeout')];
    const own =
      settings === general || settings.hasOwn('backup.pollInterval') || settings.hasOwn('backup.timeout');
    if (own && interval !== undefined && timeout !== undefined && timeout < interval) {
      settings.reject(
        'backup.timeout',
        `${formatDuration(timeout)} is shorter than ${settings.where('backup.pollInterval')}, ${formatDuration(interval)}: no backup could ever be seen done`,
      );
    }
  }
}
