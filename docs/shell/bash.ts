import {
  allOptions,
  type CommandTable,
  completionOf,
  type OptionRow,
  type VerbRow,
} from './command-table.ts';

/** The completion of bash, 3.2 and newer: it needs no other package. */
export function bashCompletion(table: CommandTable): string {
  const valued = allOptions(table).filter(({ value }) => value !== undefined);
  return `# bash completion of backup-archiver, made from its table of verbs.
# Load it, or put it into a folder of bash-completion: /usr/share/bash-completion/completions/backup-archiver

# The bash of macOS has no mapfile.
# shellcheck disable=SC2207
_backup_archiver() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} verb='' words='' index
  local IFS=$' \\t\\n'
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $cur == '=' ]]; then
    cur=''
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  # The verb is the first word that is no option, and no value of one.
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      ${names(valued)})
        index=$((index + 1))
        [[ \${COMP_WORDS[index]} != '=' ]] || index=$((index + 1))
        ;;
      -*) ;;
      *)
        verb=\${COMP_WORDS[index]}
        break
        ;;
    esac
  done
  case $prev in
${valuesByKind(valued)}
  esac
  case $verb in
    '')
      words='${table.verbs.map(({ name }) => name).join(' ')}'
      [[ $cur != -* ]] || words='${optionNames(table.options)}'
      ;;
${table.verbs.map((verb) => `    ${verb.name}) words='${wordsAfter(verb, table)}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}

complete -F _backup_archiver backup-archiver
`;
}

function names(options: readonly OptionRow[]): string {
  return options.flatMap((option) => option.names).join(' | ');
}

function optionNames(options: readonly OptionRow[]): string {
  return options.flatMap((option) => option.names).join(' ');
}

function wordsAfter({ operand, options }: VerbRow, table: CommandTable): string {
  if (operand !== undefined && completionOf(operand.name) === 'verbs') {
    return table.verbs.map(({ name }) => name).join(' ');
  }
  return optionNames(options);
}

/** A branch of \`case\` for each kind of value. Names of files may have spaces: they are split at the ends of lines. */
function valuesByKind(valued: readonly OptionRow[]): string {
  const byBody = new Map<string, OptionRow[]>();
  for (const option of valued) {
    const body = valueBody(option);
    byBody.set(body, [...(byBody.get(body) ?? []), option]);
  }
  return [...byBody]
    .map(([body, options]) => `    ${names(options)})\n${body}      return\n      ;;`)
    .join('\n');
}

function valueBody({ value = '' }: OptionRow): string {
  const known = completionOf(value);
  if (known === undefined) return '';
  if (typeof known === 'object') {
    return `      COMPREPLY=($(compgen -W '${known.join(' ')}' -- "$cur"))\n`;
  }
  return `      compopt -o filenames 2>/dev/null
      IFS=$'\\n'
      COMPREPLY=($(compgen -f -- "$cur"))
`;
}
