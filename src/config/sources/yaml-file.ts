import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { maskCertain } from '../../redaction/mask-text.ts';
import { readBoundedFile } from './bounded-file.ts';
import { isPlainMap } from './tree.ts';

const DEFAULT_FILE = 'config/archiver.yaml';
const LARGEST_FILE = 1024 * 1024;
/** How many nodes aliases may stand for in all: an alias a database, but no anchor bomb. */
const MOST_ALIASES = 20_000;

export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** For messages: relative where it lies below the working directory. */
  readonly shown: string;
  /** The top-level map; empty for an empty file, `undefined` where it could not be read or parsed. */
  readonly tree: Readonly<Record<string, unknown>> | undefined;
  readonly problems: readonly string[];
  /** The line on which a key stands (`['databases', 2, 'id']`), from 1; that of the nearest known parent. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

export interface FileChoice {
  readonly cwd: string;
  /** `--config`. */
  readonly flag: string | undefined;
  /** `ARCHIVER_CONFIG`. */
  readonly variable: string | undefined;
}

/** Reads the configuration file that was asked for, or the default one where it exists. */
export function readConfigFile({ cwd, flag, variable }: FileChoice): ConfigFile | undefined {
  const given = flag ?? variable;
  const path = resolve(cwd, given ?? DEFAULT_FILE);
  if (given === undefined && !existsSync(path)) return undefined;
  const below = relative(cwd, path);
  const shown = maskCertain(below === '' || below.startsWith('..') ? path : below, []);
  const asked =
    flag !== undefined ? ' (from --config)' : variable !== undefined ? ' (from ARCHIVER_CONFIG)' : '';
  const none = { path, shown, tree: undefined, lineOf: () => undefined };
  const file = readBoundedFile(path, LARGEST_FILE);
  if ('why' in file) {
    return { ...none, problems: [`the configuration file ${shown}${asked} cannot be used: ${file.why}`] };
  }
  return { ...none, ...parse(shown, file.text) };
}

type Parsed = Pick<ConfigFile, 'tree' | 'problems' | 'lineOf'>;

function parse(shown: string, text: string): Parsed {
  const lines = new LineCounter();
  const broken = (problems: string[]): Parsed => ({ tree: undefined, problems, lineOf: () => undefined });
  try {
    // Pretty errors quote the line, which may hold a secret; warnings would go to stderr.
    const document = parseDocument(text, {
      schema: 'core',
      version: '1.2',
      uniqueKeys: true,
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
    });
    const faults = [...document.errors, ...document.warnings].map(
      (fault) => `${shown}, line ${lines.linePos(fault.pos[0]).line}: ${faultText(fault.code)}`,
    );
    // One slip often derails the parser for the rest of the file: the first ones are the true ones.
    if (faults.length > 0) return broken([...new Set(faults)].slice(0, 3));
    const tree: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
    if (tree !== null && !isPlainMap(tree))
      return broken([`${shown} must hold a map of keys, such as "s3:"`]);
    return { tree: tree ?? {}, problems: [], lineOf: (path) => lineIn(document.contents, path, lines) };
  } catch (error) {
    // `toJS` throws what has no place in the text; its message may quote the file.
    const why =
      error instanceof ReferenceError && error.message.startsWith('Unresolved alias')
        ? 'an alias ("*name") stands where no anchor ("&name") came before it; a value that begins with "*" belongs in quotes'
        : error instanceof ReferenceError
          ? 'its aliases stand for too much'
          : 'it is nested too deeply or is not YAML';
    return broken([`${shown} cannot be used: ${why}`]);
  }
}

function lineIn(root: unknown, path: readonly (string | number)[], lines: LineCounter): number | undefined {
  let node = root;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isMap(node) || isScalar(node)) offset = node.range?.[0] ?? offset;
    } else break;
  }
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

const FAULTS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the key stands there for the second time',
  TAB_AS_INDENT: 'it is indented with a tab; YAML wants spaces',
  BAD_INDENT: 'its indentation does not fit, or a bracket is not closed',
  MULTIPLE_DOCS: 'a second document begins ("---"); only one is read',
  BAD_SCALAR_START: 'the value begins with a character that YAML keeps for itself; put it in quotes',
  BAD_DQ_ESCAPE: 'the text in double quotes has an escape that YAML does not know; use single quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a key follows a value on the same line; a value with ": " belongs in quotes',
  MISSING_CHAR: 'something is missing: a ":", a quote or a bracket',
  TAG_RESOLVE_FAILED:
    'it has a tag ("!name") that means nothing here; a value that begins with "!" belongs in quotes',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  BAD_ALIAS: 'an anchor or alias has no proper name; a value that begins with "&" or "*" belongs in quotes',
};

function faultText(code: string): string {
  return FAULTS[code] ?? `this is not YAML (${code.toLowerCase().replaceAll('_', ' ')})`;
}
