import {
  allOptions,
  type CommandTable,
  completionOf,
  type OptionRow,
  type VerbRow,
} from './command-table.ts';

/** The completion of fish, a file for its folder of completions. */
export function fishCompletion(table: CommandTable): string {
  const valued = allOptions(table).filter(({ value }) => value !== undefined);
  return `# fish completion of backup-archiver, made from its table of verbs.
# Put it into ~/.config/fish/completions.

# The verb of the command line: the first word that is no option, and no value of one.
function __backup_archiver_verb
    set -l is_value 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $is_value = 1
            set is_value 0
            continue
        end
        switch $word
            case ${valued.flatMap(({ names }) => names).join(' ')}
                set is_value 1
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

function __backup_archiver_has_verb
    test (__backup_archiver_verb; or echo none) = $argv[1]
end

complete -c backup-archiver -f
${table.verbs
  .map(
    ({ name, description }) =>
      `complete -c backup-archiver -n 'not __backup_archiver_verb >/dev/null' -a ${name} -d ${quote(description)}`,
  )
  .join('\n')}
${optionLines('not __backup_archiver_verb >/dev/null', table.options)}
${table.verbs.flatMap((verb) => linesOf(verb, table)).join('\n')}
`;
}

function linesOf({ name, options, operand }: VerbRow, table: CommandTable): string[] {
  const condition = `__backup_archiver_has_verb ${name}`;
  if (operand !== undefined && completionOf(operand.name) === 'verbs') {
    return [
      `complete -c backup-archiver -n '${condition}' -a '${table.verbs.map((verb) => verb.name).join(' ')}'`,
    ];
  }
  return options.length === 0 ? [] : [optionLines(condition, options)];
}

function optionLines(condition: string, options: readonly OptionRow[]): string {
  return options
    .map(
      ({ names, value, description }) =>
        `complete -c backup-archiver -n '${condition}'${names.map(flag).join('')}${values(value)} -d ${quote(description)}`,
    )
    .join('\n');
}

function flag(name: string): string {
  return name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`;
}

function values(value: string | undefined): string {
  if (value === undefined) return '';
  const known = completionOf(value);
  if (known === 'files') return ' -rF';
  return typeof known === 'object' ? ` -x -a '${known.join(' ')}'` : ' -x';
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
