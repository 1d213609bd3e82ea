import { ONE_DATABASE, SOUND, SOUND_BUT_DATABASES } from './workspace.ts';
import { testWrongCases, type WrongCase } from './wrong-case.ts';

/** A file beside an environment that is sound but for the databases. */
function file(name: string, yaml: string, ...lines: (string | RegExp)[]): WrongCase {
  return { name, yaml, env: SOUND_BUT_DATABASES, lines };
}

const AT = 'from the file config/archiver.yaml, line';

// The file as such.
testWrongCases([
  {
    name: 'no such file',
    configFile: 'x.yaml',
    lines: ['the configuration file x.yaml (from --config) cannot be used: there is no such file'],
  },
  {
    name: 'ARCHIVER_CONFIG is a directory',
    env: { ...SOUND, ARCHIVER_CONFIG: 'config' },
    files: { 'config/other.yaml': '' },
    lines: ['the configuration file config (from ARCHIVER_CONFIG) cannot be used: it is a directory'],
  },
  {
    name: '--config is the working directory itself',
    configFile: '.',
    lines: [/^the configuration file \/.+ \(from --config\) cannot be used: it is a directory$/],
  },
  {
    name: 'not UTF-8',
    yaml: new Uint8Array([0x61, 0x3a, 0xff]),
    lines: [/config\/archiver\.yaml cannot be used: it is not UTF-8 text$/],
  },
  {
    name: 'too large',
    yaml: `#${'x'.repeat(1024 * 1024)}`,
    lines: [/cannot be used: it is larger than 1048576 bytes$/],
  },
  file('a list at the top', '- s3', 'config/archiver.yaml must hold a map of keys, such as "s3:"'),
  file('a text at the top', 's3', 'config/archiver.yaml must hold a map of keys, such as "s3:"'),
  file(
    'the same key twice',
    `${ONE_DATABASE}s3: {}\ns3: {}`,
    'config/archiver.yaml, line 3: the key stands there for the second time',
  ),
  file('a tab', 's3:\n\tbucket: x', /^config\/archiver\.yaml, line 2: it is indented with a tab/),
  file('an open bracket', 'databases: [a', /^config\/archiver\.yaml, line 1: .*a bracket is not closed/),
  file(
    'two documents',
    `${ONE_DATABASE}---\na: 1`,
    /^config\/archiver\.yaml, line 2: a second document begins/,
  ),
  file(
    'an unquoted @',
    's3: { prefix: @x }',
    /^config\/archiver\.yaml, line 1: the value begins with a character that YAML keeps/,
  ),
  file('a tag', 's3:\n  prefix: !secret x', /^config\/archiver\.yaml, line 2: it has a tag/),
  file(
    'an alias of nothing',
    's3: *tk-us-hunter2',
    /^config\/archiver\.yaml cannot be used: an alias \("\*name"\) stands where no anchor/,
  ),
  file('an anchor bomb', bomb(30), 'config/archiver.yaml cannot be used: its aliases stand for too much'),
  file(
    'brackets without end',
    '['.repeat(20_000),
    /line 1: it is nested too deeply$/,
    /a bracket is not closed$/,
    /something is missing/,
  ),
  file(
    'an unclosed quote',
    's3: "x',
    /^config\/archiver\.yaml, line 1: something is missing: a ":", a quote or a bracket$/,
  ),
]);

// Keys.
testWrongCases([
  file(
    'a misspelt key',
    `${ONE_DATABASE}s3:\n  buckett: x`,
    `s3.buckett (${AT} 3): unknown key; did you mean s3.bucket?`,
  ),
  file(
    'a misspelt section',
    `${ONE_DATABASE}retentions: {}`,
    `retentions (${AT} 2): unknown key; did you mean retention?`,
  ),
  file(
    'a key in the wrong section',
    `${ONE_DATABASE}partSize: 64MiB`,
    `partSize (${AT} 2): unknown key; did you mean s3.partSize?`,
  ),
  file(
    'a variable as key',
    `${ONE_DATABASE}S3_PREFIX: x`,
    `S3_PREFIX (${AT} 2): unknown key; did you mean s3.prefix?`,
  ),
  file(
    'a dotted key',
    `${ONE_DATABASE}s3.prefix: x`,
    `s3.prefix (${AT} 2): unknown key; indent it below its section: s3: prefix`,
  ),
  file(
    'a key that is in the environment only',
    'database: {}',
    `database (${AT} 1): unknown key; did you mean databases?`,
  ),
  file(
    'a key that is nowhere',
    `${ONE_DATABASE}zebra: 1`,
    `zebra (${AT} 2): unknown key; allowed here: scalingo, databases, concurrency, schedule, backup, retention, transfer, verify, alarm, s3, restoreTest, log, http, notify`,
  ),
  file(
    'a merge key',
    `${ONE_DATABASE}log: { <<: { level: info } }`,
    /^log\."<<" \(.*\): unknown key; allowed here: level, format$/,
  ),
  file(
    '__proto__',
    `${ONE_DATABASE}__proto__: { polluted: 1 }`,
    /^__proto__ \(.*\): unknown key; allowed here: /,
  ),
  file(
    'a section that is a value',
    `${ONE_DATABASE}backup: create`,
    `backup (${AT} 2): must be a section with keys below it: mode, reuseWithin, pollInterval, timeout`,
  ),
  file(
    'a value that is a section',
    `${ONE_DATABASE}s3: { prefix: { a: b } }`,
    `s3.prefix (${AT} 2): must be a single value, not a map`,
  ),
  file(
    'a value that is a list',
    `${ONE_DATABASE}log:\n  level: [info]`,
    `log.level (${AT} 3): must be a single value, not a list`,
  ),
  file(
    'a number for text',
    `${ONE_DATABASE}s3: { prefix: 2024 }`,
    `s3.prefix (${AT} 2; variable S3_PREFIX): 2024 is a number; allowed: a folder such as "backups/" or "team/prod/", at most 512 bytes; put it in quotes`,
  ),
  file(
    'a number for a duration',
    `${ONE_DATABASE}backup:\n  timeout: 90`,
    /^backup\.timeout \(.*, line 3; variable BACKUP_TIMEOUT\): 90 has no unit; .*; write 90s for seconds$/,
  ),
  file(
    'a switch for text',
    `${ONE_DATABASE}s3: { storageClass: true }`,
    /^s3\.storageClass .*: true is true or false, not text; .*; put it in quotes$/,
  ),
  file(
    'a tag that is a number',
    `${ONE_DATABASE}s3: { tags: { year: 2024 } }`,
    /^s3\.tags \(.*, line 2; variable S3_TAGS\): the value has a tag that is not text: put it in quotes/,
  ),
  {
    ...file(
      'a token as key',
      `${ONE_DATABASE}tk-us-hunter2hunter2: x`,
      /^"?tk-us-\*\*\*"? \(.*\): unknown key/,
    ),
    hidden: ['hunter2'],
  },
  {
    ...file(
      'a token as section',
      `${ONE_DATABASE}scalingo: tk-us-hunter2hunter2`,
      /^scalingo \(.*\): must be a section/,
    ),
    hidden: ['hunter2'],
  },
  {
    ...file(
      'a list of tokens',
      `${ONE_DATABASE}scalingo:\n  bearerToken: [hunter2hunter2]`,
      /^scalingo\.bearerToken \(.*, line 3\): must be a single value, not a list$/,
    ),
    hidden: ['hunter2'],
  },
  {
    name: 'an unknown flag',
    flags: { 's3.buckt': 'x' },
    lines: ['s3.buckt (from the command line): unknown key; did you mean s3.bucket?'],
  },
  {
    name: 'a wrong flag',
    flags: { concurrency: 'x' },
    lines: [
      'concurrency (from the command line; variable CONCURRENCY): "x" is not a whole number; allowed: a whole number from 1 to 64',
    ],
  },
]);

function bomb(levels: number): string {
  const lines = [`a0: &a0 [${Array(10).fill('x').join()}]`];
  for (let level = 1; level < levels; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join()}]`,
    );
  }
  return lines.join('\n');
}
