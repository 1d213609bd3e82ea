import { type JudgedError, JudgedErrors } from '../judged-errors.ts';

/** An error of the client or of the server (https://dev.mysql.com/doc/mysql-errors/8.4/en/, https://mariadb.com/kb/en/mariadb-error-codes/). */
const ERROR = /^ERROR (\d+) \((\w+)\)(?: at line (\d+))?: (.*)$/;

/** Definers, their rights, and what a server lets only its administrators do: views, triggers and routines, never rows. */
const EXPECTED: ReadonlySet<number> = new Set([
  1227, // Access denied; you need the SUPER privilege
  1356, // View references invalid table(s), or its definer lacks rights
  1370, // alter routine command denied
  1418, // This function has none of DETERMINISTIC, and binary logging is enabled
  1419, // You do not have the SUPER privilege and binary logging is enabled
  1449, // The user specified as a definer does not exist
  4006, // The definer would be an orphan object
]);
/** In a statement that makes a view: it speaks of another database, or of a view that was not made. */
const OF_VIEWS: ReadonlySet<number> = new Set([1054, 1142, 1143, 1146, 1305]);

const LACKING: ReadonlyMap<number, string> = new Map([
  [1115, 'a character set'],
  [1193, 'a variable'],
  [1273, 'a collation'],
  [1286, 'a storage engine'],
  [1289, 'a feature'],
  [1524, 'a plugin'],
  [1911, 'an option of a storage engine'],
]);

/** Away, full, or refusing. */
const OF_SERVER: ReadonlySet<number> = new Set([
  1021, 1026, 1030, 1034, 1037, 1038, 1040, 1041, 1044, 1045, 1053, 1114, 1130, 1135, 1153, 1158, 1159, 1160,
  1161, 1180, 1197, 1203, 1205, 1206, 1213, 1226, 1290, 1317, 1637, 1836, 1878, 1927, 1969, 3019, 3024, 3100,
  4031,
]);
/** Numbers of the operating system's errors, which other errors carry: EIO, ENOMEM, ENFILE, EMFILE, ENOSPC, EROFS, EDQUOT. */
const OF_SYSTEM =
  /(?:errno|Errcode): (?:5|12|23|24|28|30|122)\b|No space left|Out of memory|Too many open files|Disk quota exceeded/i;
/** What comes of a table or a routine that was not made. */
const FOLLOWS: ReadonlySet<number> = new Set([1054, 1091, 1146, 1305, 1360, 1824]);

/**
 * Says what a line of the client's errors means; `undefined`: it is none, but a statement that it repeats.
 * @param isOfView whether a line of the dump is one of a statement that makes a view
 */
export function classify(line: string, isOfView: (line: number) => boolean): JudgedError | undefined {
  const [, code = '', state = '', at = '', message = ''] = ERROR.exec(line) ?? [];
  if (code === '') return undefined;
  const number = Number(code);
  const text = `ERROR ${code} (${state})${at === '' ? '' : ` at line ${at}`}: ${message}`;
  if (EXPECTED.has(number)) return { kind: 'expected', text };
  if (OF_VIEWS.has(number) && isOfView(Number(at))) return { kind: 'expected', text };
  if (isOfServer(number, message)) return { kind: 'server', text };
  const lacking = LACKING.get(number);
  if (lacking !== undefined) {
    const name = /'([^']{1,80})'/.exec(message)?.[1];
    return { kind: 'lacks', what: name === undefined ? lacking : `${lacking} (${name})`, text };
  }
  return { kind: FOLLOWS.has(number) ? 'follows' : 'damage', text };
}

function isOfServer(number: number, message: string): boolean {
  // Below 1000 are errors of files and memory, from 2000 on those of the client and of its connection.
  if (number < 1000 || (number >= 2000 && number < 3000)) return true;
  // What is in single quotes may be a value of the dump.
  return OF_SERVER.has(number) || OF_SYSTEM.test(message.replace(/'[^']*'/g, ''));
}

/** Takes what the client says, line by line. */
export class MysqlMessages {
  readonly errors = new JudgedErrors();
  readonly #isOfView: (line: number) => boolean;

  constructor(isOfView: (line: number) => boolean) {
    this.#isOfView = isOfView;
  }

  take(line: string): void {
    const judged = classify(line, this.#isOfView);
    if (judged !== undefined) this.errors.add(judged);
  }
}
