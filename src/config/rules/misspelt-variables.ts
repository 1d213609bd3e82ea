import { settings } from '../schema/schema.ts';
import { FILE_SUFFIX } from '../sources/environment.ts';
import { distance } from './nearest.ts';

/** A variable that is set and not read, and the one that was probably meant. Names only. */
export interface MisspeltVariable {
  readonly variable: string;
  readonly meant: string;
}

/** What is read besides the settings' own. */
const READ_ELSEWHERE = ['ARCHIVER_CONFIG', 'ARCHIVER_SHARDS', 'ARCHIVER_SINCE', 'AWS_REGION'];

const variables = [...settings.values()].flatMap(({ env, spellings = [] }) =>
  env === undefined ? [] : [env, ...spellings],
);
const secretFiles = [...settings.values()].flatMap(({ env, sensitive }) =>
  env !== undefined && sensitive === true ? env + FILE_SUFFIX : [],
);

/** Every variable that the program reads for its configuration. */
const OURS: ReadonlySet<string> = new Set([...variables, ...secretFiles, ...READ_ELSEWHERE]);

/** `S3_`, `BACKUP_`, …: the program's own; `AWS_` is also that of others. */
const PREFIXES = new Set([...OURS].map(prefixOf).filter((prefix) => prefix !== '' && prefix !== 'AWS_'));

/** Set by Kubernetes and Docker for each service (kubernetes.io/docs/concepts/services-networking/service). */
const SERVICE_LINK = /_SERVICE_(?:HOST|PORT)(?:_|$)|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_|$)/;

/** Whether the program reads a variable of this name. */
export function isOurVariable(name: string): boolean {
  return OURS.has(name);
}

/** The variables that are set and have almost the name of one that is read: what they say is dropped. */
export function misspeltVariables(names: readonly string[]): MisspeltVariable[] {
  return names.flatMap((variable) => {
    // A name of other characters was not typed by a person, and has no place in a log.
    if (OURS.has(variable) || SERVICE_LINK.test(variable) || !/^[\w.-]{1,64}$/.test(variable)) return [];
    const meant = meantBy(variable);
    return meant === undefined ? [] : [{ variable, meant }];
  });
}

function meantBy(variable: string): string | undefined {
  const ofFile = variable.endsWith(FILE_SUFFIX) ? variable.slice(0, -FILE_SUFFIX.length) : '';
  // Only secrets come from files.
  if (OURS.has(ofFile)) return ofFile;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of OURS) {
    const far = distance(variable, candidate);
    if (far > mostSlips(variable, candidate) || far >= least) continue;
    best = candidate;
    least = far;
  }
  return best;
}

/** How many slips of the pen may lie between: fewer where little is left to compare, and without our prefix. */
function mostSlips(variable: string, candidate: string): number {
  const prefix = prefixOf(candidate);
  if (!PREFIXES.has(prefix) || !variable.startsWith(prefix)) return 1;
  return Math.min(2, Math.floor((candidate.length - prefix.length + 1) / 3));
}

function prefixOf(name: string): string {
  return name.slice(0, name.indexOf('_') + 1);
}
