import { type CommandTable, completionOf, type OptionRow, type VerbRow } from './command-table.ts';

/** The completion of zsh, a file for a folder of its \`fpath\`. */
export function zshCompletion(table: CommandTable): string {
  return `#compdef backup-archiver
# zsh completion of backup-archiver, made from its table of verbs.
# Put it into a folder of your fpath, as _backup-archiver.

_backup-archiver() {
  local curcontext=$curcontext state line ret=1
  typeset -A opt_args
  local -a verbs
  verbs=(
${table.verbs.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`).join('\n')}
  )
  _arguments -C \\
${specs(table.options, '    ')}
    '1: :->verb' \\
    '*:: :->rest' && ret=0
  case $state in
    verb) _describe -t verbs verb verbs && ret=0 ;;
    rest)
      case $words[1] in
${table.verbs.map(restOf).join('\n')}
      esac
      ;;
  esac
  return ret
}

_backup-archiver "$@"
`;
}

function restOf({ name, options, operand }: VerbRow): string {
  if (operand !== undefined && completionOf(operand.name) === 'verbs')
    return `        ${name}) _describe -t verbs verb verbs && ret=0 ;;`;
  const operands = operand === undefined ? [] : [`            '*:${operand.name}: '`];
  if (options.length === 0) return `        ${name}) _message 'no more' ;;`;
  const all = [specs(options, '            ').replace(/ \\$/, ''), ...operands].join(' \\\n');
  return `        ${name})
          _arguments \\
${all} && ret=0
          ;;`;
}

function specs(options: readonly OptionRow[], indent: string): string {
  return options.map((option) => `${indent}${spec(option)} \\`).join('\n');
}

function spec({ names, value, description, repeatable }: OptionRow): string {
  const text = `[${description.replaceAll(/[[\]\\]/g, '\\$&')}]`;
  const argument = value === undefined ? '' : `:${value}:${action(value)}`;
  const [only] = names;
  if (names.length === 1) {
    return quote(`${repeatable ? '*' : ''}${only}${value === undefined ? '' : '='}${text}${argument}`);
  }
  return `'(${names.join(' ')})'{${names.join(',')}}${quote(text + argument)}`;
}

function action(value: string): string {
  const known = completionOf(value);
  if (known === 'files') return '_files';
  return typeof known === 'object' ? `(${known.join(' ')})` : ' ';
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
