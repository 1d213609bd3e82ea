import { readdir, readFile } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';

/** One `import`, `export … from` or `import()` of a file. */
export interface Import {
  /** As written: `../domain/clock.ts`, `node:zlib`, `got`. */
  readonly specifier: string;
  /** Whether it is erased before anything runs. */
  readonly typeOnly: boolean;
}

/** Paths from the repository's root, with `/`, and what is in them. */
export type SourceTree = ReadonlyMap<string, string>;

const SOURCE = /\.[cm]?[jt]s$/;

/** Every source file below the given folders; a folder that is not there has none. */
export async function readTree(root: string, folders: readonly string[]): Promise<SourceTree> {
  const tree = new Map<string, string>();
  for (const folder of folders) {
    for (const entry of await filesBelow(join(root, folder))) {
      if (!SOURCE.test(entry)) continue;
      tree.set(relative(root, entry).replaceAll(sep, '/'), await readFile(entry, 'utf8'));
    }
  }
  return tree;
}

async function filesBelow(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** A comment, a string (its quote is kept apart) or a template; what is left between them is code. */
const TOKENS = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g;
const IMPORTS =
  /\b(?:import|export)\s+(type\b)?(?:[^;'"`]*?\bfrom\s*)?(?:'([^'\n]+)'|"([^"\n]+)")|\b(?:import|require)\s*\(\s*(?:'([^'\n]+)'|"([^"\n]+)")/g;
const DYNAMIC = /\b(?:import|require)\s*\(\s*(?!['"\s)])/;

/** What a file imports. @throws Error where an `import()` names what only the run time knows */
export function importsOf(source: string): Import[] {
  // Comments go; the words of strings stay, because an import's specifier is one. Templates are emptied: an
  // import in one is the text of a generated file.
  const code = source.replaceAll(TOKENS, (token) => {
    if (token.startsWith('/')) return ' ';
    return token.startsWith('`') ? '``' : token;
  });
  if (DYNAMIC.test(code)) throw new Error('an import() whose target cannot be read from the source');
  return [...code.matchAll(IMPORTS)].map(([whole, type, ...names]) => ({
    specifier: names.find((name) => name !== undefined) ?? whole,
    typeOnly: type !== undefined,
  }));
}

/** The file that a relative import names, from the repository's root. */
export function resolveImport(file: string, specifier: string): string {
  return posix.join(posix.dirname(file), specifier);
}
