import { type Import, importsOf, resolveImport, type SourceTree } from './import-scan.ts';

/** Who may import whom, besides their own folder. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  'src/domain': [],
  'src/scalingo': ['src/domain'],
  'src/s3': ['src/domain'],
  'src/config': ['src/domain'],
  'src/runtime': ['src/domain'],
  'src/health': ['src/domain'],
  'src/notify': ['src/domain'],
  'src/archive': ['src/domain'],
  'src/schedule': ['src/domain', 'src/archive'],
  'src/cli': [
    'src/domain',
    'src/scalingo',
    'src/s3',
    'src/config',
    'src/runtime',
    'src/health',
    'src/notify',
    'src/archive',
    'src/schedule',
  ],
  'src/main.ts': ['src/cli', 'src/runtime', 'src/config'],
  sandbox: [],
};

/** The folders in which a package may be imported. What is not named here is imported nowhere in `src`. */
const PACKAGES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^got$/, ['src/scalingo', 'src/notify']],
  [/^(@aws-sdk|@smithy)\//, ['src/s3']],
  [/^(pino|pino-pretty|cli-progress)$/, ['src/runtime']],
  [/^(convict|yaml)$/, ['src/config']],
  [/^croner$/, ['src/schedule', 'src/config']],
  [/^prom-client$/, ['src/health']],
  [/^commander$/, ['src/cli']],
];

/** What the domain may use of Node: what computes. The types of a stream are only a shape. */
const PURE_BUILTINS = new Set(['node:buffer', 'node:crypto', 'node:zlib']);
const TYPES_ONLY_BUILTINS = new Set(['node:stream']);

const LONGEST_FILE = 260;

/** Every breach of the house's rules, one line each, naming the file and the import. */
export function breaches(tree: SourceTree): string[] {
  const found: string[] = [];
  const edges = new Map<string, string[]>();
  for (const [file, source] of tree) {
    const home = homeOf(file);
    if (home === undefined) {
      found.push(`${file}: its folder has no rule in test/house/import-rules.ts`);
      continue;
    }
    const lines = source.split('\n').length - 1;
    if (file.startsWith('src/') && lines > LONGEST_FILE) {
      found.push(`${file}: ${lines} lines, more than ${LONGEST_FILE}`);
    }
    const targets: string[] = [];
    for (const imported of readImports(file, source, found)) {
      const why = breachOf(tree, file, home, imported);
      if (why !== undefined) found.push(`${file}: imports "${imported.specifier}": ${why}`);
      const loads = imported.specifier.startsWith('.') && !imported.typeOnly;
      if (loads) targets.push(resolveImport(file, imported.specifier));
    }
    edges.set(file, targets);
  }
  return [...found, ...cycles(edges)];
}

function readImports(file: string, source: string, found: string[]): Import[] {
  try {
    return importsOf(source);
  } catch (error) {
    found.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function homeOf(file: string): string | undefined {
  return Object.keys(FOLDERS).find((home) => file === home || file.startsWith(`${home}/`));
}

function breachOf(tree: SourceTree, file: string, home: string, imported: Import): string | undefined {
  const { specifier } = imported;
  if (specifier.startsWith('.')) return breachOfFile(tree, home, resolveImport(file, specifier));
  if (specifier.startsWith('node:')) return breachOfBuiltin(home, imported);
  if (specifier.startsWith('/') || specifier.includes(':')) return 'a path that is true on one machine only';
  if (home === 'sandbox') return undefined;
  const rule = PACKAGES.find(([name]) => name.test(specifier));
  if (rule === undefined) return 'a package without a home in src';
  return rule[1].includes(home) ? undefined : `a package at home in ${rule[1].join(', ')} only`;
}

function breachOfFile(tree: SourceTree, home: string, target: string): string | undefined {
  if (!tree.has(target)) {
    return /^(src|sandbox)\//.test(target) ? 'there is no such file' : `${home} imports nothing out there`;
  }
  const targetHome = homeOf(target) ?? target;
  if (targetHome === home || FOLDERS[home]?.includes(targetHome)) return undefined;
  const allowed = FOLDERS[home]?.join(', ') || 'nothing but itself';
  return `${home} may import ${allowed}, not ${targetHome}`;
}

function breachOfBuiltin(home: string, { specifier, typeOnly }: Import): string | undefined {
  if (home !== 'src/domain' || PURE_BUILTINS.has(specifier)) return undefined;
  if (!TYPES_ONLY_BUILTINS.has(specifier)) return 'the domain does no I/O';
  return typeOnly ? undefined : 'the domain may know its types only';
}

/**
 * Circles of files that load each other, begun at the file that sorts first: `a.ts → b.ts → a.ts`. One of types
 * alone is erased before anything is loaded: a part may name its whole.
 */
function cycles(edges: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const begun = path.indexOf(file);
    if (begun >= 0) {
      found.add(describeCycle(path.slice(begun)));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of edges.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of edges.keys()) visit(file);
  return [...found];
}

function describeCycle(files: readonly string[]): string {
  const first = files.indexOf([...files].sort()[0] ?? '');
  const turned = [...files.slice(first), ...files.slice(0, first)];
  return `${turned[0]}: imports itself in a circle: ${[...turned, turned[0]].join(' → ')}`;
}
