import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { VERBS } from '../../src/cli/verbs.ts';
import { ArchiverError } from '../../src/model/errors.ts';

const NAMES = VERBS.map(({ name }) => name);

function parse(line: string) {
  return parseCommandLine(line === '' ? [] : line.split(' '), {}, '1.2.3');
}

/** The text that a command line prints. */
function printed(line: string): string {
  const asked = parse(line);
  if (!('text' in asked)) throw new Error(`${line} prints nothing, it is the verb ${asked.verb}`);
  return asked.text;
}

/** The refusal of a command line, one line. */
function refusal(line: string): string {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof ArchiverError) return error.message;
    throw error;
  }
  throw new Error(`${line} is taken`);
}

describe('help', () => {
  it.each(['', ...NAMES])('fits a terminal of 80 columns: %s', (verb) => {
    const lines = printed(`${verb} --help`.trim()).split('\n');
    expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  });

  it.each(['help', '-h', '--help'])('of the program is printed by %s', (line) => {
    const text = printed(line);
    expect(text).toBe(printed('--help'));
    for (const word of [...NAMES, 'help [verb]', 'version', 'Exit codes: 0 all done']) {
      expect(text).toContain(word);
    }
  });

  it.each(NAMES)('of a verb is printed by help %s, by its -h and by its --help', (verb) => {
    const text = printed(`help ${verb}`);
    expect(text).toBe(printed(`${verb} --help`));
    expect(text).toBe(printed(`${verb} -h`));
    expect(text).toContain(`Usage: backup-archiver ${verb} `);
  });

  it.each(NAMES)('of %s has examples, and each of them is taken', (verb) => {
    const text = printed(`${verb} --help`);
    const examples = [...text.matchAll(/^ {2}backup-archiver (.*)$/gm)].map(([, line]) => line ?? '');
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) expect(parse(example)).toMatchObject({ verb });
  });

  it('of help and of version is the one of the program', () => {
    expect(printed('help help')).toBe(printed('help'));
    expect(printed('help version')).toBe(printed('help'));
  });
});

describe('the version', () => {
  it.each(['version', '--version', '-V'])('is printed by %s', (line) => {
    expect(printed(line)).toBe('1.2.3\n');
  });
});

describe('a command line that is wrong', () => {
  it.each([
    ['lst', 'there is no verb "lst"; did you mean list?'],
    ['lst --json', 'there is no verb "lst"; did you mean list?'],
    ['RUN', 'there is no verb "RUN"; did you mean run?'],
    ['--log-level debug purne', 'there is no verb "purne"; did you mean prune?'],
    ['vershion', 'there is no verb "vershion"; did you mean version?'],
    ['help lst', 'there is no verb "lst"; did you mean list?'],
    ['lst --help', 'there is no verb "lst"; did you mean list?'],
    ['frobnicate', 'there is no verb "frobnicate"'],
    ['list --jsn', "unknown option '--jsn'; did you mean --json?"],
    ['prune --dryrun', "unknown option '--dryrun'; did you mean --dry-run?"],
    ['run shop', 'run takes no name: write run --database shop'],
    ['run shop crm', 'run takes no name: write run --database shop --database crm'],
    ['list shop', 'list takes no name: write list --database shop'],
    ['prune --dry-run shop', 'prune takes no name: write prune --database shop'],
    ['daemon shop', 'daemon takes no name, and "shop" is given'],
    ['version shop', 'version takes no name, and "shop" is given'],
  ])('%s', (line, message) => {
    expect(refusal(line)).toBe(message);
  });
});
