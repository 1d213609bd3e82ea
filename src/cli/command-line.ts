import { Command, CommanderError } from 'commander';
import { parseInstant } from '../text/instant.ts';
import type { Invocation, VerbName } from './invocation.ts';
import { parseShard, type Shard } from './shard.ts';
import { explainUsage, noSuchVerb, unknownVerb, usageError } from './usage-error.ts';
import { VERBS } from './verbs.ts';

/** Help or the version was asked for: the text is the whole response. */
export interface PrintedText {
  readonly text: string;
}

interface CommonOptions {
  config?: string;
  logLevel?: string;
  logFormat?: string;
  printConfig?: true;
  database?: string[];
  output?: string;
  into?: string;
  keep?: true;
  report?: string;
  jobs?: string;
  deep?: true;
  due?: true;
  newest?: string;
  shard?: string;
  since?: string;
  json?: true;
  dryRun?: true;
  yes?: true;
}

/**
 * Reads the command line.
 * @param env for `JOB_COMPLETION_INDEX` and `ARCHIVER_SHARDS`, the shard's defaults, and `ARCHIVER_SINCE`
 * @throws ArchiverError `usage.invalid`, one line
 */
export function parseCommandLine(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  version: string,
): Invocation | PrintedText {
  let invocation: Invocation | undefined;
  const written: string[] = [];
  const program = describeCommandLine(version, (verb, options, operands) => {
    invocation = toInvocation(verb, options, operands, env);
  });
  const silent = { writeOut: (out: string) => void written.push(out), writeErr: () => {} };
  for (const command of [program, ...program.commands]) command.exitOverride().configureOutput(silent);
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0 || unknownVerb(program) !== undefined) throw explainUsage(error, program);
  }
  return invocation ?? { text: written.join('') };
}

/** The program and its verbs as commander knows them, from the table of verbs. @param chosen called with what was read */
export function describeCommandLine(
  version: string,
  chosen: (verb: VerbName, options: CommonOptions, operands: readonly string[]) => void,
): Command {
  const program = new Command('backup-archiver')
    .description(
      'Keeps the backups of databases hosted on Scalingo in an S3 bucket of your own, and proves that they are whole.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help; VERB --help for one verb')
    .helpCommand(false);
  // The default verb: what a container without arguments does.
  common(program).action((options: CommonOptions) => chosen('daemon', options, []));
  for (const { name, description, operand, options, examples } of VERBS) {
    const command = common(program.command(name).description(description));
    if (operand !== undefined) command.argument(operand);
    for (const option of options) command.addOption(option());
    command.addHelpText(
      'after',
      `\nExamples:\n${examples.map((each) => `  backup-archiver ${each}`).join('\n')}`,
    );
    command.action(() => chosen(name, command.optsWithGlobals(), command.args));
  }
  program
    .command('help [verb]')
    .description('print this help, or that of one verb')
    .action((word: string | undefined) => helpOf(word, program).outputHelp());
  program
    .command('version')
    .description('print the version')
    .action(() => {
      program.parse(['--version'], { from: 'user' });
    });
  program.addHelpText('after', EXIT_CODES);
  return program;
}

/** @throws ArchiverError `usage.invalid` for a word that is no verb */
function helpOf(word: string | undefined, program: Command): Command {
  if (word === undefined) return program;
  const command = program.commands.find((each) => each.name() === word);
  if (command === undefined) throw noSuchVerb(word, program);
  return VERBS.some(({ name }) => name === word) ? command : program;
}

function common(command: Command): Command {
  return command
    .option('--config <file>', 'the YAML configuration (default: ARCHIVER_CONFIG, else config/archiver.yaml)')
    .option('--log-level <level>', 'trace, debug, info, warn, error, fatal or silent')
    .option('--log-format <format>', 'json or pretty')
    .option('--print-config', 'print the effective configuration, secrets masked, and do nothing');
}

function toInvocation(
  verb: Invocation['verb'],
  options: CommonOptions,
  operands: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Invocation {
  return {
    verb,
    configFile: options.config,
    printConfig: options.printConfig === true,
    flags: {
      ...(options.logLevel === undefined ? {} : { 'log.level': options.logLevel }),
      ...(options.logFormat === undefined ? {} : { 'log.format': options.logFormat }),
    },
    operands,
    output: options.output,
    into: options.into,
    keep: options.keep === true,
    report: options.report,
    jobs: jobsOf(options),
    deep: options.deep === true,
    due: options.due === true,
    newest: newestOf(options),
    databases: options.database ?? [],
    shard: verb === 'run' ? shardOf(options, env) : undefined,
    since: verb === 'run' ? sinceOf(options, env) : undefined,
    json: options.json === true,
    dryRun: options.dryRun === true,
    yes: options.yes === true,
  };
}

function newestOf({ newest: text }: CommonOptions): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw usageError(
    `--newest ${JSON.stringify(text.slice(0, 60))} is no number of archives: write it as 1 or more`,
  );
}

function jobsOf({ jobs: text }: CommonOptions): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw usageError(`--jobs ${JSON.stringify(text.slice(0, 60))} is no number of jobs: write it as 1 to 99`);
}

function shardOf(
  { shard: flag, database }: CommonOptions,
  env: Readonly<Record<string, string | undefined>>,
): Shard | undefined {
  const index = env.JOB_COMPLETION_INDEX || undefined;
  const count = env.ARCHIVER_SHARDS || undefined;
  // The first pod of an Indexed Job may be its only one; where there is a second, all would do the same work.
  if (flag === undefined && count === undefined && database === undefined && Number(index) > 0) {
    throw usageError(
      `this is pod ${index} of an Indexed Job (JOB_COMPLETION_INDEX), and ARCHIVER_SHARDS is not set: set it to the number of the job's completions`,
    );
  }
  const text = flag ?? (index === undefined || count === undefined ? undefined : `${index}/${count}`);
  if (text === undefined) return undefined;
  const shard = parseShard(text);
  if (shard !== undefined) return shard;
  const name = flag === undefined ? 'JOB_COMPLETION_INDEX/ARCHIVER_SHARDS' : '--shard';
  throw usageError(`${name} "${text}" is not a shard: write it as I/N with 0 ≤ I < N, as 0/4`);
}

function sinceOf(
  { since: flag }: CommonOptions,
  env: Readonly<Record<string, string | undefined>>,
): Date | undefined {
  const text = flag ?? (env.ARCHIVER_SINCE || undefined);
  if (text === undefined) return undefined;
  const since = parseSince(text);
  if (since !== 'invalid') return since;
  const name = flag === undefined ? 'ARCHIVER_SINCE' : '--since';
  throw usageError(
    `${name} ${JSON.stringify(text.slice(0, 60))} is not a time: write it with its offset, as 2026-03-01T03:00:00Z, or as job:NAME, the name of a Kubernetes Job`,
  );
}

/** The end of the help. */
export const EXIT_CODES = `
Exit codes: 0 all done
            1 at least one database failed, the others were still attempted
            2 the configuration or the command line is wrong,
              nothing was attempted
            130/143 work was cut short by SIGINT/SIGTERM`;

/** What the CronJob controller appends to the name of a Job: its scheduled time, in minutes since the epoch. */
const SCHEDULED_MINUTE = /-(\d{8})$/;

/** The first minute of 2020. A smaller number of eight digits is a date, as people write it into the name of a Job. */
const FIRST_MINUTE = Date.UTC(2020) / 60_000;

/**
 * Reads the time of `--since`: RFC 3339, or `job:NAME` with the name of a Kubernetes Job. The CronJob controller names
 * its Jobs `<cronjob>-<minutes since the epoch>` of the scheduled time (getJobName in
 * kubernetes/pkg/controller/cronjob), and a pod can learn the name of its Job, but not the annotations of it.
 * @returns `undefined` for a Job whose name tells no time, as of one that was created by hand
 */
export function parseSince(text: string): Date | undefined | 'invalid' {
  if (!text.startsWith('job:')) return parseInstant(text.trim()) ?? 'invalid';
  const minutes = SCHEDULED_MINUTE.exec(text)?.[1];
  return Number(minutes) >= FIRST_MINUTE ? new Date(Number(minutes) * 60_000) : undefined;
}
