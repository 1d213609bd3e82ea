import { settings } from '../schema/schema.ts';
import type { Settings } from '../sources/settings.ts';
import type { DatabaseInput } from './databases.ts';
import { isOurVariable } from './misspelt-variables.ts';
import { nearest } from './nearest.ts';

/** What the rules look at: everything read, nothing resolved yet. */
export interface ConfigInput {
  readonly general: Settings;
  /** All databases, from whichever place. */
  readonly databases: readonly DatabaseInput[];
  readonly single: DatabaseInput | undefined;
  /** Whether Scalingo's side must be complete too: not for the verbs that read the bucket only. */
  readonly needsScalingo: boolean;
  /** `AWS_REGION`, where it is set. */
  readonly awsRegion: string | undefined;
  /** The names of all the variables that are set, to find a misspelt one. */
  readonly variableNames: readonly string[];
}

/** Rejects a missing setting; a variable that is set and has almost its name is mentioned. */
export function missing({ general, variableNames }: ConfigInput, key: string, what: string): void {
  const variable = settings.get(key)?.env ?? key;
  // What the program reads says what it is meant to: SCALINGO_API_URL is no misspelt SCALINGO_API_TOKEN.
  const unknown = variableNames.filter((name) => !isOurVariable(name) && !/^(?:PATH|HOME|PWD)$/.test(name));
  const near = nearest(variable, unknown);
  // Only a slip of the pen: AWS_REGION is no misspelt S3_REGION.
  const slip =
    near !== undefined &&
    Math.abs(near.length - variable.length) <= 2 &&
    near.slice(0, 2) === variable.slice(0, 2);
  general.reject(key, `is missing; ${what}${slip ? `; ${near} is set: did you mean ${variable}?` : ''}`);
}
