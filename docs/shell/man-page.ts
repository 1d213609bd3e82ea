import type { CommandTable, OperandRow, OptionRow, VerbRow } from './command-table.ts';

/** The day on which the words below were changed last: what a man page shows as its date. */
const DATE = '2026-11-29';

/** What each word of the man page's own stands for, and where more is. */
const ARCHIVE_FORMS: readonly (readonly [form: string, meaning: string])[] = [
  ['NAME', 'the newest archive of the database NAME'],
  ['NAME@2026-03-01', 'its newest at the end of this day (UTC)'],
  ['NAME@2026-03-01T03:00:00Z', 'its newest at this time'],
  ['a backup id', 'as the list shows it'],
  ['a key', 'of the bucket, with the prefix or without'],
];

const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['ARCHIVER_CONFIG', 'the YAML configuration, where --config is not given'],
  [
    'SCALINGO_API_TOKEN, S3_BUCKET, AWS_ACCESS_KEY_ID, …',
    'every setting has a variable, which counts more than the file; each secret NAME is also read from the file that NAME_FILE names. backup-archiver --print-config shows what is in effect.',
  ],
  ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'the proxy of all requests, and the hosts that need none'],
  ['NO_COLOR', 'set to anything: no colours'],
];

/** The man page, in the macros of man(7). */
export function manPage(table: CommandTable): string {
  const common = table.options.filter(({ names }) => names[0] !== '-V');
  return [
    '.\\" Made from the table of verbs: node docs/generate-shell.ts',
    `.TH BACKUP\\-ARCHIVER 1 ${DATE} backup\\-archiver`,
    '.SH NAME',
    'backup\\-archiver \\- keep the backups of Scalingo databases in S3, and prove them',
    '.SH SYNOPSIS',
    '.B backup\\-archiver',
    '.RI [ options ]',
    '.RI [ verb ]',
    '.SH DESCRIPTION',
    ...prose(table.description),
    'Without a verb it is the',
    '.BR daemon .',
    '.SH VERBS',
    ...table.verbs.flatMap((verb) => verbSection(verb, common)),
    '.SH OPTIONS',
    ...prose('Each verb takes these too, -V alone excepted.'),
    ...table.options.flatMap(optionEntry),
    '.SH ARCHIVES',
    'Where a verb takes an archive, write',
    ...entries(ARCHIVE_FORMS),
    '.SH EXIT STATUS',
    ...entries(table.exitCodes),
    '.SH ENVIRONMENT',
    ...entries(ENVIRONMENT),
    '.SH FILES',
    ...entries([['config/archiver.yaml', 'the configuration, where it is there and none is named']]),
    '.SH SEE ALSO',
    ...prose(
      'The documents at https://github.com/backup-archiver/backup-archiver: docs/configuration.md has every setting, docs/errors.md every error with its remedy.',
    ),
    '',
  ].join('\n');
}

function verbSection(
  { name, description, operand, options, examples }: VerbRow,
  common: readonly OptionRow[],
): string[] {
  const shared = new Set(common.map(({ names }) => names.join()));
  const own = options.filter(({ names }) => !shared.has(names.join()));
  return [
    `.SS ${text([name, ...own.map(synopsis), ...(operand === undefined ? [] : [operandSynopsis(operand)])].join(' '))}`,
    ...prose(`${description[0]?.toUpperCase()}${description.slice(1)}.`),
    ...own.flatMap(optionEntry),
    ...(examples.length === 0
      ? []
      : ['.PP', 'Examples:', '.PP', '.RS 4', '.nf', ...examples.map(command), '.fi', '.RE']),
  ];
}

function command(line: string): string {
  return text(`backup-archiver ${line}`);
}

function synopsis({ names, value, repeatable }: OptionRow): string {
  return `[${names.at(-1)}${value === undefined ? '' : ` ${value.toUpperCase()}`}]${repeatable ? '…' : ''}`;
}

function operandSynopsis({ name, required, variadic }: OperandRow): string {
  const shown = name.toUpperCase();
  return `${required ? shown : `[${shown}]`}${variadic ? '…' : ''}`;
}

function optionEntry({ names, value, description }: OptionRow): string[] {
  const flags = names.map((name) => `\\fB${text(name)}\\fR`).join(', ');
  const argument = value === undefined ? '' : ` \\fI${text(value.toUpperCase())}\\fR`;
  return ['.TP', `${flags}${argument}`, ...prose(description)];
}

function entries(rows: readonly (readonly [term: string, meaning: string])[]): string[] {
  return rows.flatMap(([term, meaning]) => ['.TP', `\\fB${text(term)}\\fR`, ...prose(meaning)]);
}

/** Filled text, in lines of the length that mandoc asks for. */
function prose(plain: string): string[] {
  return (plain.match(/\S(?:.{0,58}\S)?(?=\s|$)|\S+/g) ?? []).map(text);
}

/** As roff shows it letter by letter: no escape, no macro, hyphens that can be copied, and ASCII alone. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
    .replaceAll(
      /[^\n -~]/gu,
      (letter) => `\\[u${letter.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
