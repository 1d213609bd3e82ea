import { type Import, importsOf, resolveImport, type SourceTree } from './import-scan.ts';

/** Which folders a folder may import, besides itself. The ground comes first; a folder imports only what stands above it. */
export const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  // Pure: no I/O, no vendor.
  'src/text': [],
  'src/model': ['src/text'],
  'src/integrity': ['src/model', 'src/text'],
  'src/retention': ['src/model', 'src/text'],
  // What the story asks of the world.
  'src/ports': ['src/model', 'src/integrity', 'src/retention'],
  // Tools that know no vendor.
  'src/concurrency': ['src/ports'],
  'src/redaction': ['src/ports', 'src/text'],
  'src/proxy': ['src/text'],
  'src/http': ['src/model', 'src/ports', 'src/text', 'src/redaction', 'src/concurrency', 'src/proxy'],
  'src/process': ['src/model', 'src/ports', 'src/text', 'src/redaction'],
  // The story of one database, of one run, of the days.
  'src/run': ['src/model', 'src/integrity', 'src/retention', 'src/ports', 'src/text', 'src/concurrency'],
  // The way back: archives are found, read and restored.
  'src/recovery': [
    'src/model',
    'src/integrity',
    'src/retention',
    'src/ports',
    'src/text',
    'src/concurrency',
    'src/run',
  ],
  'src/schedule': ['src/model', 'src/retention', 'src/ports'],
  // Before the first night: what a run would meet.
  'src/check': ['src/model', 'src/ports', 'src/text', 'src/run', 'src/schedule'],
  // Adapters: one folder a vendor, and none knows another.
  'src/sources/scalingo': [
    'src/model',
    'src/ports',
    'src/text',
    'src/concurrency',
    'src/redaction',
    'src/http',
  ],
  'src/stores/s3': [
    'src/model',
    'src/integrity',
    'src/retention',
    'src/ports',
    'src/text',
    'src/concurrency',
    'src/proxy',
    'src/http',
  ],
  'src/config': ['src/model', 'src/text', 'src/redaction'],
  'src/observability': [
    'src/model',
    'src/ports',
    'src/text',
    'src/concurrency',
    'src/redaction',
    'src/process',
    'src/proxy',
  ],
  // The one place that wires them all.
  'src/cli': [
    'src/text',
    'src/model',
    'src/integrity',
    'src/retention',
    'src/ports',
    'src/concurrency',
    'src/redaction',
    'src/proxy',
    'src/process',
    'src/run',
    'src/recovery',
    'src/schedule',
    'src/check',
    'src/sources/scalingo',
    'src/stores/s3',
    'src/config',
    'src/observability',
  ],
  'src/main.ts': ['src/cli', 'src/process'],
  sandbox: [],
};

/** The folders in which a package may be imported. What is not named here is imported nowhere in `src`. */
const PACKAGES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^got$/, ['src/http', 'src/observability']],
  [/^(@aws-sdk|@smithy)\//, ['src/stores/s3']],
  [/^(pino|pino-pretty|cli-progress)$/, ['src/observability']],
  [/^(convict|yaml)$/, ['src/config']],
  [/^croner$/, ['src/schedule', 'src/config']],
  [/^prom-client$/, ['src/observability']],
  [/^commander$/, ['src/cli']],
];

/** Folders that compute only. */
const PURE = new Set(['src/text', 'src/model', 'src/integrity', 'src/retention', 'src/ports']);
/** What they may use of Node. The types of a stream are only a shape. */
const PURE_BUILTINS = new Set(['node:buffer', 'node:crypto', 'node:zlib']);
const TYPES_ONLY_BUILTINS = new Set(['node:stream']);

const LONGEST_FILE = 400;

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
      if (imported.specifier.startsWith('.')) targets.push(resolveImport(file, imported.specifier));
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
  if (!PURE.has(home) || PURE_BUILTINS.has(specifier)) return undefined;
  if (!TYPES_ONLY_BUILTINS.has(specifier)) return `${home} does no I/O`;
  return typeOnly ? undefined : `${home} may know its types only`;
}

/** Circles of files that import each other, types included, begun at the file that sorts first: `a.ts → b.ts → a.ts`. */
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
