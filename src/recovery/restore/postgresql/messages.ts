/** What an error of a restore says of the dump. */
export type Finding =
  /** A restore to another server always shows it. */
  | { readonly kind: 'expected'; readonly text: string }
  /** The server has not what the dump needs. */
  | { readonly kind: 'lacks'; readonly what: string; readonly text: string }
  /** It may come of what the server lacks; by itself it is damage. */
  | { readonly kind: 'follows'; readonly text: string }
  | { readonly kind: 'server'; readonly text: string }
  | { readonly kind: 'tool'; readonly text: string }
  | { readonly kind: 'damage'; readonly text: string };

/** Kinds of statements about other roles and servers: the rows do not depend on them. */
const ABOUT_OTHERS =
  /^(?:COMMENT ON|GRANT|REVOKE|ALTER DEFAULT PRIVILEGES|SECURITY LABEL|CREATE (?:EVENT TRIGGER|PUBLICATION|SUBSCRIPTION|USER MAPPING|SERVER|CAST)|ALTER (?:EVENT TRIGGER|PUBLICATION|SUBSCRIPTION))\b/;
const REFUSED = /permission denied|must be (?:owner|superuser|a superuser)|must have CREATE/i;

/** The server is away, full, or was ended. */
const OF_SERVER =
  /connection to server|server closed the connection|terminating connection|No space left on device|out of memory|disk full|remaining connection slots|too many (?:clients|connections)|canceling statement|the database system is|out of shared memory|could not (?:extend|write to) file|SSL connection has been closed|cannot execute .* in a read-only transaction/i;
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
  [/permission denied for language (\S+)/, 'the right to use the language'],
  [/collation "([^"]+)" for encoding/, 'the collation'],
  [/could not create locale "([^"]+)"/, 'the locale'],
  [/access method "([^"]+)" does not exist/, 'the access method'],
];

/** What is missing in a statement that needs something which was not made. */
const MISSING =
  /(?:type|function|operator|operator class|relation|schema|domain|text search \w+|aggregate|procedure|server|foreign-data wrapper|column|index|table) .*does not exist|no default operator class|could not find|does not exist for access method|current transaction is aborted/i;

/**
 * Says what one error of pg_restore means.
 * @param entry the lines of it, from `pg_restore: error: ` to the next message: `Command was: ` begins the statement
 */
export function classify(entry: readonly string[]): Finding {
  const text = (entry[0] ?? '').replace(
    /^pg_restore: (?:\[[^\]]*\] )?(?:error: )?(?:could not execute query: )?(?:ERROR: +)?/,
    '',
  );
  const command = entry.find((line) => line.startsWith('Command was: '))?.slice('Command was: '.length) ?? '';
  if (OF_SERVER.test(text)) return { kind: 'server', text };
  if (OF_TOOL.test(text)) return { kind: 'tool', text };
  if (isExpected(text, command)) return { kind: 'expected', text: withStatement(text, command) };
  for (const [pattern, what] of LACKING) {
    const found = pattern.exec(text);
    if (found !== null) return { kind: 'lacks', what: [what, found[1]].filter(Boolean).join(' '), text };
  }
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

/** Warnings kept, and errors shown: a thousand views of one owner say the same. */
const MOST = 50;

/** Takes what pg_restore says, line by line, and judges it. */
export class RestoreMessages {
  #entry: string[] = [];
  readonly #warnings: string[] = [];
  #more = 0;
  readonly #lacks = new Map<string, string>();
  #follows: string | undefined;
  #worst: Finding | undefined;

  take(line: string): void {
    if (/^(?:pg_restore: |psql)/.test(line)) this.#close();
    if (this.#entry.length < MOST) this.#entry.push(line);
  }

  /** All has been said. @returns what it comes to */
  end(): {
    readonly warnings: readonly string[];
    readonly lacks: readonly string[];
    readonly fault: Finding | undefined;
  } {
    this.#close();
    const lacks = [...this.#lacks.keys()];
    const [first] = this.#lacks.values();
    const fault =
      this.#worst ??
      (this.#follows === undefined
        ? undefined
        : first === undefined
          ? ({ kind: 'damage', text: this.#follows } as const)
          : ({ kind: 'lacks', what: lacks.join(', '), text: this.#follows } as const));
    const warnings = [...this.#warnings, ...this.#lacks.values()];
    return { warnings: this.#more > 0 ? [...warnings, `and ${this.#more} more`] : warnings, lacks, fault };
  }

  #close(): void {
    const entry = this.#entry;
    this.#entry = [];
    if (!/^pg_restore: (?:\[[^\]]*\] )?error: /.test(entry[0] ?? '')) return;
    const finding = classify(entry);
    switch (finding.kind) {
      case 'expected':
        if (this.#warnings.length < MOST) this.#warnings.push(finding.text);
        else this.#more += 1;
        break;
      case 'lacks':
        this.#lacks.set(finding.what, finding.text);
        break;
      case 'follows':
        this.#follows ??= finding.text;
        break;
      default:
        this.#worst ??= finding;
    }
  }
}
