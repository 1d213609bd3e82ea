import { BEARER_CANARY, SOUND, without } from './workspace.ts';
import { testWrongCases, type WrongCase } from './wrong-case.ts';

/** One variable set to something wrong. */
function variable(name: string, value: string, line: string | RegExp, hidden: string[] = []): WrongCase {
  return { name: `${name}=${value.slice(0, 40)}`, env: { ...SOUND, [name]: value }, lines: [line], hidden };
}

// Secrets in the wrong place.
testWrongCases([
  variable(
    'SCALINGO_REGION',
    'tk-us-hunter2hunter2',
    /^scalingo\.region .*: "tk-us-\*\*\*" holds what looks like a secret; allowed: the name of a region$/,
    ['hunter2'],
  ),
  variable('SCALINGO_REGION', BEARER_CANARY, /^scalingo\.region .*: "\*\*\*" holds what looks like a secret/),
  variable(
    'DATABASE_NAME',
    'tk-us-hunter2hunter2',
    /^DATABASE_NAME .*: "tk-us-\*\*\*" holds what looks like a secret/,
    ['hunter2'],
  ),
  variable(
    'S3_REGION',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    /^s3\.region .*: "\*\*\*" is not allowed; allowed: the name of a region$/,
    ['wJalr', 'EXAMPLEKEY'],
  ),
  variable(
    'DATABASE_NAME',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    /^DATABASE_NAME .*: "\*\*\*" is not allowed; [^;]*$/,
    ['wjalr', 'wJalr'],
  ),
  variable(
    'S3_BUCKET',
    '11111111-2222-3333-4444-555555555555/x',
    /^s3\.bucket .*: "\*\*\*\/x" is not allowed/,
    ['11111111'],
  ),
  variable(
    'S3_TAGS',
    'token=tk-us-hunter2hunter2',
    /^s3\.tags .*: "token=tk-us-\*\*\*" has a tag that looks like a secret/,
    ['hunter2'],
  ),
  variable(
    'DB_API_URL',
    'https://db-api.example.com/tk-us-hunter2hunter2',
    /^scalingo\.databaseApiUrl .* holds what looks like a secret/,
    ['hunter2'],
  ),
  variable('LOG_LEVEL', SOUND.AWS_SECRET_ACCESS_KEY ?? '', /^log\.level .*: "\*\*\*" is not allowed/),
  variable(
    'AWS_SESSION_TOKEN_FILE',
    'tk-us-hunter2hunter2',
    /^AWS_SESSION_TOKEN_FILE \(from the environment\): AWS_SESSION_TOKEN is set too; give one of the two$/,
    ['hunter2'],
  ),
]);

// Secrets from files.
testWrongCases([
  {
    name: 'a secret and its file',
    env: { ...SOUND, SCALINGO_API_TOKEN_FILE: 'token' },
    files: { token: 'tk-us-hunter2' },
    hidden: ['hunter2'],
    lines: [
      'SCALINGO_API_TOKEN_FILE (from the environment): SCALINGO_API_TOKEN is set too; give one of the two',
    ],
  },
  {
    name: 'a secret file that is not there',
    env: { ...without(SOUND, 'SCALINGO_API_TOKEN'), SCALINGO_API_TOKEN_FILE: 'tk-us-hunter2hunter2' },
    hidden: ['hunter2'],
    lines: [
      'SCALINGO_API_TOKEN_FILE (from the environment): the file that it names cannot be used: there is no such file; it must name the file that holds the secret, not the secret',
    ],
  },
  {
    name: 'a secret file that is empty',
    env: { ...without(SOUND, 'AWS_SECRET_ACCESS_KEY'), AWS_SECRET_ACCESS_KEY_FILE: 'key' },
    files: { key: '\n' },
    lines: ['AWS_SECRET_ACCESS_KEY_FILE (from the environment): the file that it names is empty'],
  },
  {
    name: 'a secret file that is a directory',
    env: { ...without(SOUND, 'AWS_SESSION_TOKEN'), AWS_SESSION_TOKEN_FILE: 'config' },
    files: { 'config/x': '' },
    lines: [/^AWS_SESSION_TOKEN_FILE .* cannot be used: it is a directory/],
  },
  {
    name: 'a secret file that never ends',
    env: { ...without(SOUND, 'AWS_SESSION_TOKEN'), AWS_SESSION_TOKEN_FILE: '/dev/zero' },
    lines: [/^AWS_SESSION_TOKEN_FILE .* cannot be used: it is larger than 65536 bytes/],
  },
  {
    name: 'a secret file with two lines',
    env: { ...without(SOUND, 'SCALINGO_API_TOKEN'), SCALINGO_API_TOKEN_FILE: 'token' },
    files: { token: 'tk-us-hunter2hunter2\ntk-us-hunter3hunter3\n' },
    hidden: ['hunter2', 'hunter3'],
    lines: [
      /^scalingo\.apiToken \(from the environment, SCALINGO_API_TOKEN_FILE\): the value \(not shown\) has a space, a line break/,
    ],
  },
]);
