import { describe, expect, it } from 'vitest';
import type { DatabaseServer } from '../../../src/model/server-url.ts';
import { classify as classifyMysql } from '../../../src/recovery/restore/mysql/messages.ts';
import { classify, PgRestoreMessages } from '../../../src/recovery/restore/postgresql/messages.ts';

const SERVER: DatabaseServer = {
  engine: 'postgresql',
  host: 'db.example.com',
  port: undefined,
  user: undefined,
  password: undefined,
  database: undefined,
  parameters: {},
};
const JUDGED = { key: 'shop/a.tar.gz', server: SERVER, tool: 'pg_restore (PostgreSQL) 15.4' };
const QUERY = 'pg_restore: error: could not execute query: ERROR:  ';

describe('an error of pg_restore', () => {
  it.each([
    ['expected', 'role "reader" does not exist', 'CREATE POLICY p ON public.t TO reader USING (true);'],
    ['expected', 'must be owner of extension plpgsql', "COMMENT ON EXTENSION plpgsql IS 'x';"],
    ['expected', 'schema "public" already exists', 'CREATE SCHEMA public;'],
    [
      'expected',
      'unrecognized configuration parameter "transaction_timeout"',
      'SET transaction_timeout = 0;',
    ],
    [
      'expected',
      'permission denied to create event trigger "t"',
      'CREATE EVENT TRIGGER t ON ddl_command_end',
    ],
    [
      'lacks',
      'extension "postgis" is not available',
      'CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;',
    ],
    [
      'lacks',
      'could not open extension control file "/usr/share/postgresql/13/extension/vector.control": No such file',
      'CREATE EXTENSION vector;',
    ],
    ['lacks', 'permission denied to create extension "pageinspect"', 'CREATE EXTENSION pageinspect;'],
    [
      'lacks',
      'collation "public.fr" for encoding "UTF8" does not exist',
      'CREATE TABLE public.t (a text COLLATE public.fr);',
    ],
    [
      'lacks',
      'permission denied for foreign-data wrapper postgres_fdw',
      'CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;',
    ],
    ['follows', 'server "far" does not exist', 'CREATE FOREIGN TABLE public.t (a integer) SERVER far;'],
    ['follows', 'type "public.geometry" does not exist', 'CREATE TABLE public.t (a public.geometry);'],
    ['follows', 'relation "public.t" does not exist', 'COPY public.t (a) FROM stdin;'],
    ['server', 'could not extend file "base/1/2": No space left on device', 'CREATE INDEX i ON t (a);'],
    [
      'server',
      'canceling statement due to statement timeout',
      'ALTER TABLE ONLY public.t ADD CONSTRAINT k PRIMARY KEY (a);',
    ],
    ['damage', 'syntax error at or near "TAXLE"', 'CREATE TAXLE public.t (a int);'],
    [
      'damage',
      'insert or update on table "a" violates foreign key constraint "b"',
      'ALTER TABLE ONLY public.a ADD CONSTRAINT b',
    ],
    ['server', 'permission denied for schema public', 'CREATE TABLE public.t (a int);'],
    ['expected', 'extension "pageinspect" does not exist', "COMMENT ON EXTENSION pageinspect IS 'x';"],
    ['damage', 'role of the table is unknown', 'CREATE TABLE public.t (a int);'],
  ])('is %s: %s', (kind, error, command) => {
    expect(classify([`${QUERY}${error}`, 'LINE 1: x', `Command was: ${command}`])).toMatchObject({ kind });
  });

  it.each([
    ['damage', 'pg_restore: error: could not uncompress data: incorrect data check'],
    [
      'damage',
      'pg_restore: error: COPY failed for table "t": ERROR:  invalid input syntax for type integer: "x"',
    ],
    ['damage', 'pg_restore: error: could not read from input file: end of file'],
    ['tool', 'pg_restore: error: unsupported version (1.16) in file header'],
    [
      'server',
      'pg_restore: error: connection to server at "db" (10.0.0.1), port 5432 failed: Connection refused',
    ],
    ['server', 'pg_restore: error: COPY failed for table "t": server closed the connection unexpectedly'],
    ['server', 'pg_restore: error: could not execute query: SSL SYSCALL error: EOF detected'],
    ['server', 'pg_restore: error: could not execute query: SSL error: unexpected eof while reading'],
    [
      'server',
      'pg_restore: error: could not execute query: could not receive data from server: Connection timed out',
    ],
    [
      'server',
      'pg_restore: error: error returned by PQputCopyData: could not send data to server: No route to host',
    ],
    ['server', 'pg_restore: error: could not execute query: no connection to the server'],
    ['server', `${QUERY}temporary file size exceeds "temp_file_limit" (1048576kB)`],
    ['server', `${QUERY}could not open file "base/1/2": Too many open files`],
    ['server', `${QUERY}could not read block 7 in file "base/1/2": Input/output error`],
    ['server', 'pg_restore: error: a worker process died unexpectedly'],
    // The value is the dump's own.
    ['damage', `${QUERY}invalid input syntax for type integer: "out of memory"`],
    // Which role, table or syntax it is cannot be read.
    ['server', 'pg_restore: error: could not execute query: ERREUR:  le rôle « x » n’existe pas'],
    ['server', 'pg_restore: error: COPY failed for table "t": エラー:  型integerの入力構文が不正です: "x"'],
  ])('is %s: %s', (kind, line) => {
    expect(classify([line])).toMatchObject({ kind });
  });
});

it('an error in another language comes with what to set', () => {
  const { text } = classify(['pg_restore: error: could not execute query: ERREUR:  erreur de syntaxe']);
  expect(text).toMatch(/SET lc_messages = 'C'\): ERREUR: {2}erreur de syntaxe$/);
});

/** What lines come to, with the code that pg_restore ended with. */
function judge(lines: readonly string[], code: number | null) {
  const messages = new PgRestoreMessages();
  for (const line of lines) messages.take(line);
  return messages.end().judge(JUDGED, { code, signal: null });
}

const ROLE = [
  `${QUERY}role "reader" does not exist`,
  'Command was: CREATE POLICY p ON public.t TO reader;',
  '',
  '',
];
const EXTENSION = [
  `${QUERY}extension "postgis" is not available`,
  'DETAIL:  x',
  'Command was: CREATE EXTENSION postgis;',
];
const TYPE = [
  `${QUERY}type "public.geometry" does not exist`,
  'LINE 3: a public.geometry',
  'Command was: CREATE TABLE public.t (',
];
const IGNORED = 'pg_restore: warning: errors ignored on restore: 1';

describe('a restore', () => {
  it('is right without a word', () => {
    expect(judge([], 0)).toEqual([]);
  });

  it('is right with warnings of what another server always lacks', () => {
    expect(judge([...ROLE, IGNORED], 1)).toEqual([
      expect.stringMatching(/^role "reader" does not exist \(CREATE POLICY/),
    ]);
    expect(judge([...EXTENSION, IGNORED], 1)).toEqual(['extension "postgis" is not available']);
  });

  it('keeps fifty warnings, and counts the others', () => {
    const warnings = judge([...Array.from({ length: 60 }, () => ROLE).flat(), IGNORED], 1);
    expect(warnings).toHaveLength(51);
    expect(warnings.at(-1)).toBe('and 10 more');
  });

  it('that needs what the server lacks says nothing of the archive', () => {
    expect(() => judge([...EXTENSION, ...TYPE, IGNORED], 1)).toThrow(
      expect.objectContaining({
        code: 'restore.server_lacks',
        message:
          'PostgreSQL at db.example.com lacks the extension postgis, which the dump needs: type "public.geometry" does not exist',
      }),
    );
  });

  it('is wrong where something is missing that no lack of the server explains', () => {
    expect(() => judge([...TYPE, IGNORED], 1)).toThrow(expect.objectContaining({ code: 'restore.damaged' }));
  });

  it('is wrong where pg_restore fails and does not say why', () => {
    expect(() => judge([], 1)).toThrow(expect.objectContaining({ code: 'restore.damaged' }));
    expect(() => judge([IGNORED], 1)).toThrow(expect.objectContaining({ code: 'restore.damaged' }));
  });

  it('says which tool is too old', () => {
    expect(() => judge(['pg_restore: error: unsupported version (1.16) in file header'], 1)).toThrow(
      expect.objectContaining({
        code: 'restore.tool_too_old',
        message:
          'pg_restore (PostgreSQL) 15.4 is too old for this dump: unsupported version (1.16) in file header',
      }),
    );
  });
});

describe('an error of the client of MySQL', () => {
  const of = (line: string) => classifyMysql(line, (at) => at === 7)?.kind;

  it.each([
    [
      'expected',
      'ERROR 1227 (42000) at line 119: Access denied; you need (at least one of) the SUPER privilege(s)',
    ],
    ['expected', "ERROR 1449 (HY000) at line 3: The user specified as a definer ('a'@'b') does not exist"],
    ['expected', "ERROR 1054 (42S22) at line 7: Unknown column 'shop.a.b' in 'SELECT'"],
    ['follows', "ERROR 1054 (42S22) at line 8: Unknown column 'b' in 'field list'"],
    ['follows', "ERROR 1146 (42S02) at line 8: Table 'x.p' doesn't exist"],
    ['lacks', "ERROR 1273 (HY000) at line 20: Unknown collation: 'utf8mb4_0900_ai_ci'"],
    ['lacks', "ERROR 1286 (42000) at line 20: Unknown storage engine 'ROCKSDB'"],
    ['server', 'ERROR 2013 (HY000) at line 4: Lost connection to server during query'],
    ['server', "ERROR 1114 (HY000) at line 4: The table 't' is full"],
    ['server', "ERROR 1045 (28000): Access denied for user 'a'@'b' (using password: YES)"],
    [
      'server',
      `ERROR 1 (HY000) at line 5: Can't create/write to file './x/db.opt' (Errcode: 13 "Permission denied")`,
    ],
    [
      'server',
      `ERROR 3 (HY000) at line 5: Error writing file '/tmp/MYfd=27' (Errcode: 28 "No space left on device")`,
    ],
    ['server', 'ERROR 5 (HY000) at line 5: Out of memory (Needed 128 bytes)'],
    [
      'server',
      `ERROR 1005 (HY000) at line 5: Can't create table \`x\`.\`t\` (errno: 28 "No space left on device")`,
    ],
    ['server', "ERROR 1016 (HY000) at line 5: Can't open file: './x/t.frm' (errno: 24)"],
    [
      'server',
      `ERROR 1026 (HY000) at line 5: Error writing file './x/t.MYI' (errno: 28 "No space left on device")`,
    ],
    ['server', "ERROR 1034 (HY000) at line 5: Incorrect key file for table '/tmp/#sql_1'; try to repair it"],
    ['server', 'ERROR 1180 (HY000) at line 5: Got error 28 "No space left on device" during COMMIT'],
    ['server', 'ERROR 1206 (HY000) at line 5: The total number of locks exceeds the lock table size'],
    ['server', 'ERROR 1969 (70100) at line 5: Query execution was interrupted (max_statement_time exceeded)'],
    ['server', 'ERROR 2008 (HY000) at line 5: MySQL client ran out of memory'],
    [
      'damage',
      `ERROR 1005 (HY000) at line 5: Can't create table \`x\`.\`t\` (errno: 150 "Foreign key constraint is incorrectly formed")`,
    ],
    ['damage', "ERROR 1366 (22007) at line 5: Incorrect integer value: 'Out of memory' for column 'a'"],
    ['damage', 'ERROR 1064 (42000) at line 69: You have an error in your SQL syntax'],
    ['damage', "ERROR 1062 (23000) at line 70: Duplicate entry '1' for key 'PRIMARY'"],
    [undefined, '--------------'],
    [undefined, "INSERT INTO t VALUES ('ERROR 1064 (42000) at line 1: x')"],
  ])('is %s: %s', (kind, line) => {
    expect(of(line)).toBe(kind);
  });
});
