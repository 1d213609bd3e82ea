import type { Command, CommanderError } from 'commander';
import { nearest } from '../config/rules/nearest.ts';
import { ArchiverError } from '../model/errors.ts';

/** `usage.invalid`: the command line is wrong, nothing is attempted. @param message one line */
export function usageError(message: string): ArchiverError {
  return new ArchiverError('usage.invalid', message, { hint: 'backup-archiver --help tells more.' });
}

/** The refusal of a word where a verb has to be. */
export function noSuchVerb(word: string, program: Command): ArchiverError {
  const meant = nearest(
    word,
    program.commands.map((command) => command.name()),
  );
  return usageError(`there is no verb "${word}"${meant === undefined ? '' : `; did you mean ${meant}?`}`);
}

/** A word where a verb has to be, and that is none; `undefined`: a verb or an option is there, or nothing. */
export function unknownVerb({ args, commands }: Command): string | undefined {
  const [word] = args;
  if (word === undefined || word.startsWith('-')) return undefined;
  return commands.some((command) => command.name() === word) ? undefined : word;
}

/** Commander counts arguments; a person has misspelt a verb, or forgotten an option's name. */
export function explainUsage({ code, message }: CommanderError, program: Command): ArchiverError {
  const word = unknownVerb(program);
  if (word !== undefined) return noSuchVerb(word, program);
  const [, verb, given] = /for '(.*)'\. Expected .* but got \d+: (.*)\.$/s.exec(message) ?? [];
  if (code === 'commander.excessArguments' && verb !== undefined && given !== undefined) {
    return usageError(tooMany(verb, given, program));
  }
  const line = message.replace(/\n\(Did you mean (.*)\)$/, '; did you mean $1');
  return usageError(line.replace(/^error: /, '').replace(/\.$/, ''));
}

function tooMany(verb: string, given: string, { commands }: Command): string {
  const { options = [], registeredArguments = [] } = commands.find((each) => each.name() === verb) ?? {};
  if (registeredArguments.length > 0) return `${verb} takes one archive, and these are given: ${given}`;
  if (!options.some(({ long }) => long === '--database')) {
    return `${verb} takes no name, and "${given}" is given`;
  }
  return `${verb} takes no name: write ${verb} --database ${given.replaceAll(', ', ' --database ')}`;
}
