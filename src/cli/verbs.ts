import { Option } from 'commander';
import type { Config } from '../config/schema/config.ts';
import type { AppContext } from './app-context.ts';
import type { Invocation, VerbName } from './invocation.ts';
import type { Print } from './render/print-in-pieces.ts';

/** One verb of the command line. */
export interface Verb {
  readonly name: VerbName;
  /** For the help. */
  readonly description: string;
  /** What it is given besides options, as commander writes it: `<archive>`. */
  readonly operand?: string;
  /** Its own options, besides those that every verb has. Each call makes a new one. */
  readonly options: readonly (() => Option)[];
  /** For the help: command lines without the program's name. */
  readonly examples: readonly string[];
  /** Which of the configuration must be complete. */
  readonly needs: 'bucket' | 'everything';
  /** Where the log goes: to standard output, or beside what is printed there. */
  readonly log: 'stdout' | 'stderr';
  /** @returns the exit code */
  readonly run: (
    config: Config,
    invocation: Invocation,
    context: AppContext,
    print: Print,
  ) => Promise<number>;
}

const database = () => repeatable('--database <name>', 'only this database (may be repeated)');
const json = () => new Option('--json', 'as JSON');

/** All verbs, in the order of the help. Each loads what it needs: a run need not load what serves metrics for years. */
export const VERBS: readonly Verb[] = [
  {
    name: 'daemon',
    description: 'archive by schedule until a signal comes (the default)',
    options: [],
    examples: ['daemon --config /etc/archiver.yaml', 'daemon --print-config'],
    needs: 'everything',
    log: 'stdout',
    run: async (config, _, context) => (await import('./commands/daemon.ts')).daemonVerb(config, context),
  },
  {
    name: 'run',
    description: 'archive every chosen database once, then exit',
    options: [
      database,
      () =>
        new Option(
          '--shard <I/N>',
          'only shard I of N, counted from 0 (default: JOB_COMPLETION_INDEX/ARCHIVER_SHARDS)',
        ),
      () =>
        new Option(
          '--since <time>',
          'a database that has an archive made since then is done (default: ARCHIVER_SINCE)',
        ),
    ],
    examples: ['run --database shop-db', 'run --since 2026-03-01T03:00:00Z', 'run --shard 0/4'],
    needs: 'everything',
    log: 'stdout',
    run: async (config, invocation, context) =>
      (await import('./commands/run.ts')).runVerb(config, invocation, context),
  },
  {
    name: 'list',
    description: 'list the archives in the bucket, newest first',
    options: [database, json],
    examples: ['list', 'list --database shop-db --json'],
    needs: 'bucket',
    log: 'stderr',
    run: async (config, invocation, context, print) =>
      (await import('./commands/list.ts')).listVerb(config, invocation, context, print),
  },
  {
    name: 'check',
    description:
      'before the first night: try tokens, databases, rights, store, clock and proxy; makes no backup',
    options: [database, json],
    examples: ['check', 'check --database shop-db --json'],
    needs: 'everything',
    log: 'stderr',
    run: async (config, invocation, context, print) =>
      (await import('./commands/check.ts')).checkVerb(config, invocation, context, print),
  },
  {
    name: 'status',
    description: 'how each database stands; exits 1 when one needs a person',
    options: [json],
    examples: ['status', 'status --json'],
    needs: 'bucket',
    log: 'stderr',
    run: async (config, invocation, context, print) =>
      (await import('./commands/status.ts')).statusVerb(config, invocation, context, print),
  },
  {
    name: 'verify',
    description: 'hold archives against their manifests; with --deep read each byte back',
    operand: '[archive...]',
    options: [
      database,
      () => new Option('--deep', 'read every byte back: checksum, gzip, tar, and the dump in it'),
      () => new Option('--newest <n>', 'only the N newest of each database'),
      () =>
        new Option(
          '--due',
          'with --deep: the share that the current slot of verify.cron has to read, the longest unread first',
        ),
      json,
    ],
    examples: [
      'verify',
      'verify --deep --newest 1',
      'verify shop-db@2026-03-01 --deep',
      'verify --deep --due',
    ],
    needs: 'bucket',
    log: 'stderr',
    run: async (config, invocation, context, print) =>
      (await import('./commands/verify.ts')).verifyVerb(config, invocation, context, print),
  },
  {
    name: 'download',
    description:
      'bring an archive back: a key, a backup id, NAME (its newest), NAME@2026-03-01 or NAME@2026-03-01T03:00:00Z',
    operand: '<archive>',
    options: [
      () =>
        new Option('--output <file>', 'a file, a folder, or - for standard output (default: a file here)'),
    ],
    examples: [
      'download shop-db',
      'download shop-db@2026-03-01 --output shop.tar.gz',
      'download shop-db --output -',
    ],
    needs: 'bucket',
    log: 'stderr',
    run: async (config, invocation, context, print) =>
      (await import('./commands/download.ts')).downloadVerb(config, invocation, context, print),
  },
  {
    name: 'restore-test',
    description:
      "restore the newest archive, or the one that is named, by the engine's own tools, and count its tables and rows",
    operand: '[archive]',
    options: [
      database,
      () =>
        new Option(
          '--into <url>',
          'into this empty database instead of one that is made and dropped; with --keep',
        ),
      () => new Option('--keep', 'with --into: the database stays'),
      () =>
        new Option(
          '--jobs <n>',
          'pg_restore with N parallel jobs, from a temporary file of the dump (TMPDIR)',
        ),
      () =>
        new Option(
          '--report <file>',
          'write a report: FILE.md (Markdown), FILE.json, or both for any other name',
        ),
    ],
    examples: [
      'restore-test --report restore-test',
      'restore-test shop-db@2026-03-01',
      'restore-test shop --into postgresql://db/copy --keep',
    ],
    needs: 'bucket',
    log: 'stderr',
    run: async (config, invocation, context, print) =>
      (await import('./commands/restore-test.ts')).restoreTestVerb(config, invocation, context, print),
  },
  {
    name: 'prune',
    description: 'apply the retention policy; print each archive and why it stays or goes',
    options: [
      database,
      () => new Option('--dry-run', 'change nothing'),
      () =>
        new Option(
          '--yes',
          "carry out also a plan that deletes more than half of a database's archives, or while the newest is suspicious",
        ),
      json,
    ],
    examples: ['prune --dry-run', 'prune --database shop-db'],
    needs: 'everything',
    log: 'stderr',
    run: async (config, invocation, context, print) =>
      (await import('./commands/prune.ts')).pruneVerb(config, invocation, context, print),
  },
];

/** The verb of this name. */
export function verbOf(name: VerbName): Verb {
  const verb = VERBS.find((each) => each.name === name);
  if (verb === undefined) throw new RangeError(`there is no verb ${name}`);
  return verb;
}

function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: string[] = []) => [
    ...before,
    value,
  ]);
}
