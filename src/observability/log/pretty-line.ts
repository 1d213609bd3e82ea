import { stripVTControlCharacters } from 'node:util';
import { prettyFactory } from 'pino-pretty';
import { formatByteSize } from '../../text/byte-size.ts';
import { formatDuration } from '../../text/duration.ts';
import { oneLine } from '../../text/unseen.ts';

type Line = Readonly<Record<string, unknown>>;
/** The colours used here, or their absence. */
interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
}

/** What has its own place in the line, or none: a run's id is noise on a terminal, but where a run begins and ends. */
const PLACED = new Set(['level', 'time', 'event', 'database', 'msg', 'error', 'hint']);
const INDENT = '    ';
const LONGEST_LEVEL = 'error'.length;

/**
 * A JSON line for a person at 3 a.m.: time (UTC, as in the bucket's keys), level, event, database, message
 * and fields; an error and what to do about it on lines of their own.
 */
export function prettyLine(colors: boolean): (line: string) => string {
  const format = prettyFactory({
    colorize: colors,
    hideObject: true,
    translateTime: false,
    // The message in the terminal's own colour: what stands out is for `describe` to say.
    customColors: 'message:reset',
    useOnlyCustomProps: false,
    customPrettifiers: {
      time: (time) =>
        String(time)
          .replace('T', ' ')
          .replace(/\.\d+Z$/, 'Z'),
    },
    messageFormat: (log, _messageKey, _levelLabel, { colors: paint }) => describe(log, paint),
  });
  return (line) => format(line);
}

function describe(log: Line, paint: Paint): string {
  const event = clean(log.event ?? '');
  const head = [
    paint.bold(event),
    ...(log.database === undefined ? [] : [clean(log.database)]),
    ...message(log),
    ...fields(log, event).map((field) => paint.dim(field)),
  ].join('  ');
  const column = ' '.repeat(Math.max(0, LONGEST_LEVEL - String(log.level).length));
  return [
    column + head,
    ...errorLines(log.error, paint),
    ...hintLine(log.hint, paint),
    ...outcomeLines(log.databases, paint),
  ].join('\n');
}

/** The message, without what the line says elsewhere: the database before it, the error below it. */
function message({ msg, database, error }: Line): string[] {
  if (msg === undefined) return [];
  const prefix = `${database}: `;
  const text = String(msg);
  const rest = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  return isRecord(error) && rest === error.message ? [] : [clean(rest)];
}

/** How each database of a run fared, in one line: the hint of one that failed is too long for it. */
function outcomeLines(databases: unknown, paint: Paint): string[] {
  if (!Array.isArray(databases)) return [];
  return databases.filter(isOutcome).map(({ database, status, hint: _hint, ...facts }) => {
    const shown = Object.entries(facts).map(([key, value]) => paint.dim(field(key, value)));
    return INDENT + [`${clean(database)}: ${clean(status)}`, ...shown].join('  ');
  });
}

function isOutcome(value: unknown): value is Line {
  return isRecord(value) && typeof value.database === 'string' && typeof value.status === 'string';
}

function isRecord(value: unknown): value is Line {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(log: Line, event: string): string[] {
  return Object.entries(log)
    .filter(([key]) => !PLACED.has(key) && (key !== 'runId' || event.startsWith('run.')))
    .filter(([key, value]) => !isShown(key, value, log))
    .filter(([key, value]) => key !== 'databases' || !Array.isArray(value) || !value.some(isOutcome))
    .map(([key, value]) => field(key, value));
}

/** A key or an id that the line has already, and a list of nothing. */
function isShown(field: string, value: unknown, { msg, key }: Line): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'string' || value === '') return false;
  const inMessage = typeof msg === 'string' && msg.includes(value);
  if (field === 'key') return inMessage;
  return field === 'backupId' && (inMessage || (typeof key === 'string' && key.includes(value)));
}

function errorLines(error: unknown, paint: Paint): string[] {
  if (!isRecord(error)) return [];
  const { name: _name, code, message, hint, stack, ...details } = error;
  const facts = Object.entries(details).map(([key, value]) => paint.dim(field(key, value)));
  const frames = Array.isArray(stack) ? stack.map((frame) => INDENT + paint.dim(clean(frame))) : [];
  return [
    `${INDENT}${paint.red(clean(code ?? 'error'))}: ${[clean(message ?? ''), ...facts].join('  ')}`,
    ...hintLine(hint, paint),
    ...frames,
  ];
}

function hintLine(hint: unknown, paint: Paint): string[] {
  return typeof hint === 'string' ? [`${INDENT}${paint.yellow('hint')}: ${clean(hint)}`] : [];
}

/** `size=1.0 GiB`, `duration=12.4 s`, `rate=210.0 MiB/s`; the exact numbers are in the JSON log. */
function field(key: string, value: unknown): string {
  if (typeof value === 'number') {
    if (key === 'bytesPerSecond') return `rate=${formatByteSize(value)}/s`;
    if (/^(size|bytes)$|(Bytes|Size)$/.test(key)) return `${key}=${formatByteSize(value)}`;
    if (/[a-z]Ms$/.test(key)) return `${key.slice(0, -2)}=${formatDuration(value)}`;
    if (/[a-z]Seconds$/.test(key)) return `${key.slice(0, -7)}=${formatDuration(value * 1000)}`;
    if (key === 'percent') return `${key}=${value}%`;
  }
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  const text = typeof value === 'string' ? value : isList ? value.join(',') : JSON.stringify(value);
  const bare = clean(text);
  return `${clean(key)}=${(typeof value === 'string' || isList) && /[\s=]|^$/.test(bare) ? JSON.stringify(bare) : bare}`;
}

/** One line, and nothing that moves the cursor: a service's error text is printed here too. */
function clean(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return oneLine(stripVTControlCharacters(text));
}
