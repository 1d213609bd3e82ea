import { existsSync, readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { expect, test } from 'vitest';
import { settings } from '../../src/config/schema/schema.ts';
import { parseByteSize } from '../../src/text/byte-size.ts';
import { parseDuration } from '../../src/text/duration.ts';

/** What each row of "Every wait and its bound" is made of: constants in the files that the row names. */
const BOUNDS: Readonly<Record<string, readonly string[]>> = {
  'Scalingo: name resolution · connecting · TLS': [
    'DEFAULT_TIMEOUTS.lookup',
    'DEFAULT_TIMEOUTS.connect',
    'DEFAULT_TIMEOUTS.secureConnect',
  ],
  'Scalingo: head of a response, also after a redirect': [
    'DEFAULT_TIMEOUTS.response',
    'DEFAULT_TIMEOUTS.lookup + DEFAULT_TIMEOUTS.connect + DEFAULT_TIMEOUTS.secureConnect + DEFAULT_TIMEOUTS.response',
  ],
  'Scalingo: an API call with its body': ['DEFAULT_TIMEOUTS.request', 'ATTEMPTS', 'INFO_ATTEMPTS'],
  'Scalingo: error text of a download': ['ERROR_TEXT.timeout', 'ERROR_TEXT.bytes'],
  'Scalingo: redirects': ['MAX_REDIRECTS'],
  'Scalingo: a pause by `Retry-After`': ['MAX_RETRY_AFTER_MS'],
  'an outage of Scalingo or the store, before anything was made': ['OUTAGE_BOUND', 'WAITS.longest'],
  'archive: the rate, while the reader waits': ['SLOWEST', 'RATE_WINDOW', 'STALLS_A_WINDOW'],
  'archive: attempts': ['MOST_TURNS', 'BACKOFF.capMs'],
  'S3: connecting': ['CONNECT_TIMEOUT'],
  'a proxy: connecting · response to CONNECT · TLS with the target': [
    'PROXY_TIMEOUTS.connect',
    'PROXY_TIMEOUTS.tunnel',
    'PROXY_TIMEOUTS.secureConnect',
  ],
  "S3: keys from the SDK's chain": ['CREDENTIALS_TIMEOUT'],
  'S3: name resolution, TLS, head and body of a response that moves no archive': [
    'CONTROL_TIMEOUT',
    'LEASE_TIMEOUT',
  ],
  'S3: all tries of one request, 5 at most': ['MAX_ATTEMPTS', 'PAUSES_TIMEOUT'],
  'S3: one part': ['CONTROL_TIMEOUT', 'SLOWEST_LINE'],
  'S3: one part of several, beside the others': ['TIMES_MEDIAN', 'FEWEST', 'SHORTEST', 'MOST_OF_PART'],
  'S3: Complete, whose head comes at once and whose body when it is done': ['COMPLETE_TIMEOUT'],
  'S3: pages of one listing': ['MOST_PAGES'],
  'S3: a manifest or a deletion that is not confirmed': ['TRIES'],
  'S3: clean-up after a failure': ['CLEANUP_TIMEOUT'],
  'lease: until it is ours': ['LEASE_TIME + LOOK_EVERY'],
  'lease: without a renewal': ['GIVE_UP_AFTER'],
  'poll: until the backup is done': ['MISSING_POLLS'],
  'creation whose response was lost': ['LOOKS', 'MAX_POSTS'],
  notification: ['DELIVERY.attempts', 'DELIVERY.attemptWithin', 'DELIVERY.allWithin', 'WHEN_STOPPING'],
  'restore test: a client connects': ['CONNECT_WITHIN * 1000'],
  'restore test: the lock of its database': ['LOCK_WITHIN'],
  'restore test: statements that move no rows · dropping its database': ['SCRIPT_WITHIN', 'DROP_WITHIN'],
  'restore test: one restore, and counting its rows': ['RESTORE_WITHIN'],
  'health and metrics: a client': ['HEADERS_WITHIN', 'REQUEST_WITHIN', 'SOCKET_SILENT'],
  'a configuration or secret file that is a pipe': ['PIPE_TIMEOUT'],
  'check: a request under way at a signal · one object taken away · an upload aborted': [
    'LAST_REQUEST',
    'CLEAN_UP',
    'ABORT',
  ],
  'stop: from the signal to the exit': ['STOP_BOUND'],
  'stop: one resource': ['RELEASE_BOUND'],
  'end: what was left open': ['GRACE'],
  'log: a reader that is slow': ['BUDGET', 'KEPT'],
  'end: output that nothing reads': [
    'END_LIMITS.idleLimit',
    'END_LIMITS.longest',
    'EXIT_PATIENCE',
    'EXIT_LONGEST',
  ],
  'output of `list` or `prune`: its reader': ['PRINT_IDLE_LIMIT'],
};

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const read = (path: string) => readFileSync(at(path), 'utf8');

const [, section = ''] = read('docs/architecture.md').split('## Every wait and its bound\n');
const rows = [...section.matchAll(/^\| (?!wait \|)(.+?) \| (.+?) \| (.*?) ?\| (.+?) \|$/gm)].map(
  ([, wait = '', bound = '', , where = '']) => ({ wait, bound, files: codeIn(where) }),
);

test('the table of waits has the rows that are checked here', () => {
  const waits = rows.map(({ wait }) => wait);
  expect(new Set(waits).size).toBe(waits.length);
  expect(Object.keys(BOUNDS).filter((wait) => !waits.includes(wait))).toEqual([]);
});

test.each(rows)('$wait: the bound is that of the code', ({ wait, bound, files }) => {
  expect(files.filter((file) => !existsSync(at(`src/${file}`)))).toEqual([]);
  const constants = constantsOf(files);
  const inCode = (BOUNDS[wait] ?? []).map((text) => Number(runInContext(text, constants)));
  const inSettings = codeIn(bound).flatMap((key) => defaultOf(key) ?? []);
  expect(figuresIn(`${wait}; ${bound}`)).toEqual(sorted([...inCode, ...inSettings]));
});

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

/** Constants of these files by name, those that are made of others too. @throws where one name has two values */
function constantsOf(files: readonly string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const context = createContext(found);
  const declared = files.flatMap((file) => [
    ...read(`src/${file}`).matchAll(/^(?:export )?const ([A-Z_]+)(?:: \w+)? = ([^;]+?)(?: as const)?;$/gm),
  ]);
  // The second time, those that are declared after what they are made of are known as well.
  for (const [, name = '', value = ''] of [...declared, ...declared]) {
    try {
      const made: unknown = runInContext(`(${value})`, context);
      if (name in found) expect(JSON.stringify(made), name).toBe(JSON.stringify(found[name]));
      found[name] = made;
    } catch (error) {
      // Made of what only the program has: no figure.
      if ((error as Error).name !== 'ReferenceError') throw error;
    }
  }
  return context;
}

/** The default of a setting, in the unit of `figuresIn`. */
function defaultOf(key: string): number | undefined {
  const value = settings.get(key)?.default;
  return typeof value === 'string' ? (parseDuration(value) ?? undefined) : Number(value) || undefined;
}

/** The figures of a text, sorted, each once: milliseconds, bytes, or how many. */
function figuresIn(text: string): number[] {
  const figures = text.matchAll(/(?<![\w.`])(\d[\d,]*)(?: (ms|s|minutes|h|KiB|MiB)\b)?/g);
  return sorted(
    [...figures].map(([, digits = '', unit]) => {
      const count = Number(digits.replaceAll(',', ''));
      if (unit === undefined) return count;
      if (unit.endsWith('B')) return Number(parseByteSize(`${count}${unit}`));
      return Number(parseDuration(`${count}${unit === 'minutes' ? 'm' : unit}`));
    }),
  );
}

function sorted(figures: readonly number[]): number[] {
  return [...new Set(figures)].sort((a, b) => a - b);
}
