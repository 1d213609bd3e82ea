import { expect, test } from 'vitest';
import { printConfig } from '../../src/config/report/print-config.ts';
import { secretsOf } from '../../src/config/report/secrets.ts';
import { load, SOUND, without } from './workspace.ts';
import { testWrongCases, type WrongCase } from './wrong-case.ts';

const [POSTGRESQL, MYSQL] = ['RESTORE_TEST_POSTGRESQL_URL', 'RESTORE_TEST_MYSQL_URL'] as const;
const NO_SERVER = without(SOUND, POSTGRESQL, MYSQL);

function variable(name: string, value: string, line: string | RegExp): WrongCase {
  return { name: `${name}=${value}`, env: { ...SOUND, [name]: value }, lines: [line], hidden: ['hunter2'] };
}

testWrongCases([
  variable(
    POSTGRESQL,
    'https://me:hunter2@db.example.com',
    'restoreTest.postgresqlUrl (from the environment, RESTORE_TEST_POSTGRESQL_URL): the value (not shown) does not begin with postgresql:// or mysql://; allowed: postgresql://host:port/database, a user and a password before the host; in a user or a password, "@", ":", "/", "?", "#" and "%" are written as %40, %3A, %2F, %3F, %23 and %25',
  ),
  variable(POSTGRESQL, 'mysql://me:hunter2@db.example.com', /is the URL of a server of another engine/),
  variable(
    POSTGRESQL,
    'postgresql://me:hunter2@db:1/x?sslmoed=require',
    /has a parameter sslmoed that is not known/,
  ),
  variable(POSTGRESQL, 'postgresql://me:hunter2#3@db.example.com', /has a "#"|is no URL/),
  variable(POSTGRESQL, 'postgresql://me:hunter2%zz@db.example.com', /has a "%" that begins no escape/),
  variable(POSTGRESQL, '***', /is a mask, as --print-config prints it/),
  variable(MYSQL, 'postgres://me:hunter2@db.example.com', /is the URL of a server of another engine/),
  variable(MYSQL, 'mysql://me:hunter2@db.example.com/?socket=a%0Ab', /has a damaged parameter/),
  variable(MYSQL, 'mysql://me:hunter2 @db.example.com', /has a space/),
  {
    name: 'a schedule without a server',
    env: { ...NO_SERVER, RESTORE_TEST_CRON: '0 6 * * 0' },
    lines: [
      'restoreTest.cron (from the environment, RESTORE_TEST_CRON): is given without a server to restore to; give restoreTest.postgresqlUrl (RESTORE_TEST_POSTGRESQL_URL) or restoreTest.mysqlUrl (RESTORE_TEST_MYSQL_URL)',
    ],
  },
]);

test('nothing is restored anywhere unless it is asked for', () => {
  expect(load({ env: NO_SERVER }).restoreTest).toEqual({
    postgresqlUrl: undefined,
    mysqlUrl: undefined,
    cron: undefined,
  });
});

test('the password of a server is a secret as it is written, and as it is sent', () => {
  const url = 'postgresql://me:pa%2Fss-word@db.example.com:5433/postgres?sslmode=require';
  const config = load({ env: { ...SOUND, [POSTGRESQL]: url, RESTORE_TEST_CRON: '0 6 * * 0' } });
  expect(config.restoreTest).toMatchObject({ postgresqlUrl: url, cron: '0 6 * * 0' });
  expect(secretsOf(config)).toEqual(expect.arrayContaining([url, 'pa%2Fss-word', 'pa/ss-word']));
  expect(printConfig(config)).not.toMatch(/ss-word/);
});
