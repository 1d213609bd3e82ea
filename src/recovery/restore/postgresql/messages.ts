import { type JudgedError, JudgedErrors } from '../judged-errors.ts';

/** Kinds of statements about other roles and servers: the rows do not depend on them. */
const ABOUT_OTHERS =
  /^(?:COMMENT ON|GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|SECURITY LABEL|CREATE (?:EVENT TRIGGER|PUBLICATION|SUBSCRIPTION|USER MAPPING)|ALTER (?:EVENT TRIGGER|PUBLICATION|SUBSCRIPTION))\b/;
const REFUSED = /permission denied|must be (?:owner|superuser|a superuser)|must have CREATE/i;

/** The server is away, or the way to it broke (libpq's own words), or it ended the connection. */
const AWAY =
  /connection to (?:the )?server|server closed the connection|terminating connection|SSL connection has been closed|SSL (?:SYSCALL )?error|could not (?:receive data from|send data to) server|lost synchronization with server|the database system is|remaining connection slots|too many (?:clients|connections)|canceling statement|cannot execute .* in a read-only transaction/i;
/** The server is full, or its disk fails. A worker that the dump ended has said why before. */
const FULL =
  /No space left on device|Disk quota exceeded|disk full|out of (?:shared )?memory|Too many open files|Input\/output error|Read-only file system|temporary file size exceeds|could not (?:extend|open|read|write(?: to)?|create|fsync|truncate|rename)(?: temporary)? file|could not (?:read|write) block|shared memory segment|a worker process died/i;
/** In another language than English: libpq puts two blanks after the first word of the server's errors. */
const FOREIGN =
  /^pg_restore: error: (?:could not execute query|COPY failed for table .*?): (?!(?:ERROR|FATAL|PANIC):)[^\s:]+: {2}/;
const NOT_ENGLISH =
  "its errors are not English, so that none can be judged here (ALTER ROLE … SET lc_messages = 'C')";
/** The dump is of a later version than the tool (src/bin/pg_dump/pg_backup_archiver.c, `ReadHead`). */
const OF_TOOL =
  /unsupported version \(|unrecognized archive format|compression is not supported|not built with/i;

const LACKING: readonly (readonly [RegExp, string])[] = [
  [/extension "([^"]+)" is not available/, 'the extension'],
  [/could not open extension control file ".*\/([^"/]+)\.control"/, 'the extension'],
  [/permission denied to create extension "([^"]+)"/, 'the right to create the extension'],
  [
    /must be (?:superuser|a superuser) to create (?:this )?extension(?: "([^"]+)")?/,
    'the right to create an extension',
  ],
  [/could not access file "(?:\$libdir\/)?([^"]+)"/, 'the library'],
  [/language "([^"]+)" does not exist/, 'the language'],
  [/permission denied for foreign-data wrapper (\S+)/, 'the right to use the foreign-data wrapper'],
  [/permission denied for language (\S+)/, 'the right to use the language'],
  [/collation "([^"]+)" for encoding/, 'the collation'],
  [/could not create locale "([^"]+)"/, 'the locale'],
  [/access method "([^"]+)" does not exist/, 'the access method'],
];

/** What is missing in a statement that needs something which was not made. */
const MISSING = /does not exist|no default operator class|could not find|current transaction is aborted/i;

/**
 * Says what one error of pg_restore means.
 * @param entry the lines of it, from `pg_restore: error: ` to the next message: `Command was: ` begins the statement
 */
export function classify(entry: readonly string[]): JudgedError {
  const text = (entry[0] ?? '').replace(
    /^pg_restore: (?:error: )?(?:could not execute query: )?(?:ERROR: +)?/,
    '',
  );
  const command = entry.find((line) => line.startsWith('Command was: '))?.slice('Command was: '.length) ?? '';
  // What is quoted may be a value of the dump.
  const own = text.replace(/"[^"]*"/g, '""');
  if (AWAY.test(own) || FULL.test(own)) return { kind: 'server', text };
  if (FOREIGN.test(entry[0] ?? '')) return { kind: 'server', text: `${NOT_ENGLISH}: ${text}` };
  if (OF_TOOL.test(text)) return { kind: 'tool', text };
  if (isExpected(text, command)) return { kind: 'expected', text: withStatement(text, command) };
  for (const [pattern, what] of LACKING) {
    const found = pattern.exec(text);
    if (found !== null) return { kind: 'lacks', what: [what, found[1]].filter(Boolean).join(' '), text };
  }
  // The rights of the user are the server's matter.
  if (REFUSED.test(text)) return { kind: 'server', text };
  return { kind: MISSING.test(text) ? 'follows' : 'damage', text };
}

function isExpected(text: string, command: string): boolean {
  if (/^role "[^"]*" does not exist/.test(text)) return true;
  // A later pg_dump sets what an earlier server does not know, as transaction_timeout.
  if (/^unrecognized configuration parameter "/.test(text) && /^SET /.test(command)) return true;
  // In dumps of servers that made it another owner's.
  if (/^schema "public" already exists/.test(text)) return true;
  return ABOUT_OTHERS.test(command) && (REFUSED.test(text) || MISSING.test(text));
}

function withStatement(text: string, command: string): string {
  const statement = command.slice(0, 80);
  return statement === '' ? text : `${text} (${statement}${command.length > 80 ? '…' : ''})`;
}

/** Lines of one error that are kept: its statement may have thousands. */
const MOST_LINES = 50;

/** Takes what pg_restore says, line by line. */
export class PgRestoreMessages {
  readonly errors = new JudgedErrors();
  #entry: string[] = [];

  take(line: string): void {
    if (line.startsWith('pg_restore: ')) this.end();
    if (this.#entry.length < MOST_LINES) this.#entry.push(line);
  }

  /** All has been said. */
  end(): JudgedErrors {
    const entry = this.#entry;
    this.#entry = [];
    if (entry[0]?.startsWith('pg_restore: error: ') === true) this.errors.add(classify(entry));
    return this.errors;
  }
}
