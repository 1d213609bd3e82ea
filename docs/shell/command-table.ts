import type { Command, Option } from 'commander';
import { describeCommandLine, EXIT_CODES } from '../../src/cli/command-line.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { settings } from '../../src/config/schema/schema.ts';

/** An option as shells complete it and the man page shows it. */
export interface OptionRow {
  /** `-h` and `--help`, the short one first. */
  readonly names: readonly string[];
  /** The name of its value, as `file`; `undefined`: it takes none. */
  readonly value: string | undefined;
  readonly description: string;
  readonly repeatable: boolean;
}

/** What a verb takes besides options. */
export interface OperandRow {
  readonly name: string;
  readonly required: boolean;
  readonly variadic: boolean;
}

/** A verb, or `help` or `version`. */
export interface VerbRow {
  readonly name: string;
  readonly description: string;
  /** What it takes besides options. */
  readonly operand: OperandRow | undefined;
  /** All that it takes, those that every verb has too. */
  readonly options: readonly OptionRow[];
  readonly examples: readonly string[];
}

/** The whole command line. */
export interface CommandTable {
  readonly description: string;
  /** Those of the program without a verb. */
  readonly options: readonly OptionRow[];
  readonly verbs: readonly VerbRow[];
  /** Each code and its meaning. */
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
}

/** What can stand where a value or an operand of this name is: files, verbs, or some words; `undefined`: not known. */
export type Completion = 'files' | 'verbs' | readonly string[] | undefined;

/** How a shell completes a value or an operand of this name. */
export function completionOf(name: string): Completion {
  if (name === 'file') return 'files';
  if (name === 'verb') return 'verbs';
  const values = name === 'level' ? 'log.level' : name === 'format' ? 'log.format' : undefined;
  return values === undefined ? undefined : settings.get(values)?.values?.map(String);
}

/** The table of verbs as commander has it, so that completions, man page and help say the same. */
export function commandTable(): CommandTable {
  const program = describeCommandLine('', () => {});
  const table = {
    description: program.description(),
    options: optionsOf(program),
    verbs: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      operand: operandOf(command),
      options: VERBS.some(({ name }) => name === command.name()) ? optionsOf(command) : [],
      examples: VERBS.find(({ name }) => name === command.name())?.examples ?? [],
    })),
    exitCodes: exitCodes(),
  };
  refuseTwoMeanings(table);
  return table;
}

/** All options of the table, each name once. */
export function allOptions({ options, verbs }: CommandTable): OptionRow[] {
  const every = [options, ...verbs.map((verb) => verb.options)].flat();
  return [...new Map(every.map((option) => [option.names.join(), option])).values()];
}

function operandOf({ registeredArguments: [operand] }: Command): OperandRow | undefined {
  if (operand === undefined) return undefined;
  return { name: operand.name(), required: operand.required, variadic: operand.variadic };
}

function optionsOf(command: Command): OptionRow[] {
  return command.createHelp().visibleOptions(command).map(rowOf);
}

function rowOf({ short, long, flags, description, parseArg }: Option): OptionRow {
  return {
    names: [short, long].filter((name) => name != null),
    value: /<(.*)>/.exec(flags)?.[1],
    description,
    repeatable: parseArg !== undefined,
  };
}

/** The scripts look at an option before they know the verb. @throws Error where a name takes a value in one verb alone */
function refuseTwoMeanings(table: CommandTable): void {
  const taken = new Map<string, boolean>();
  for (const { names, value } of [table.options, ...table.verbs.map(({ options }) => options)].flat()) {
    for (const name of names) {
      if ((taken.get(name) ?? value !== undefined) !== (value !== undefined)) {
        throw new Error(`${name} takes a value with one verb, and none with another`);
      }
      taken.set(name, value !== undefined);
    }
  }
}

function exitCodes(): [string, string][] {
  const text = EXIT_CODES.replace('Exit codes:', '').trim();
  return text.split(/\n\s*(?=\d)/).map((entry) => {
    const [, code = '', meaning = ''] = /^(\S+) (.*)$/s.exec(entry) ?? [];
    return [code, meaning.replaceAll(/\s+/g, ' ')];
  });
}
