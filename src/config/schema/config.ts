import type { databaseIdentity, databaseSections } from './database-schema.ts';
import type { schema } from './schema.ts';
import type { InferSettings } from './setting.ts';

/**
 * The effective configuration, as the schema has it: everything resolved, durations in milliseconds, sizes in bytes.
 * Its `schedule`, `backup` and `retention` are the general ones; each database holds its own, overrides included.
 */
export interface Config extends InferSettings<Omit<typeof schema, 'databases' | 'database'>> {
  /** What it was read from. */
  readonly origin: ConfigOrigin;
  /** At least one, except where the bucket alone was asked for. */
  readonly databases: readonly DatabaseConfig[];
}

/** One database, its overrides laid over the general settings. `app` is `undefined` only with a bearer token. */
export interface DatabaseConfig
  extends InferSettings<typeof databaseIdentity>,
    InferSettings<typeof databaseSections> {}

/** Where the effective configuration came from; names only, no values. */
export interface ConfigOrigin {
  /** Absolute path of the YAML file; `undefined`: none was read. */
  readonly file: string | undefined;
  /** The variables that took part, as they are set (`NAME_FILE` for a secret's file). */
  readonly variables: readonly string[];
  /** Those that are set, are not read, and have almost the name of one that is. */
  readonly misspelt: readonly { readonly variable: string; readonly meant: string }[];
  /** The keys set on the command line. */
  readonly flags: readonly string[];
}
