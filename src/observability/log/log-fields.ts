import { toArchiverError } from '../../model/errors.ts';

/** Deeper than any event of ours; also what ends a circle. */
const MAX_DEPTH = 8;

/** Keys that the log writes itself; a field of that name would stand in the line twice. */
const RESERVED = new Set(['time', 'level', 'event', 'msg']);

/**
 * Fields as the log may print them: JSON values only. An error, wherever it stands, is printed through
 * `toArchiverError`, so that a foreign one shows its message and nothing of its request; of any other
 * object that is not plain data (a stream, a request, a buffer) only the class is named.
 */
export function printableFields(fields: object): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    const safe =
      key === 'error' && typeof value !== 'object' && value !== undefined ? toArchiverError(value) : value;
    const shown = printable(safe, 0);
    if (shown !== undefined) result[RESERVED.has(key) ? `${key}_` : key] = shown;
  }
  return result;
}

function printable(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  try {
    return printableObject(value, depth + 1);
  } catch {
    // A getter or a toJSON that throws: the line matters more than the field.
    return '[unprintable]';
  }
}

function printableObject(value: object, depth: number): unknown {
  if (value instanceof Error) return printableRecord(toArchiverError(value).toJSON(), depth);
  if (Array.isArray(value)) return value.map((entry) => printable(entry, depth) ?? null);
  if (value instanceof Date || value instanceof URL) return value.toJSON();
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return printableRecord(value, depth);
  return `[${value.constructor?.name || 'object'}]`;
}

function printableRecord(record: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record)
      .map(([key, entry]) => [key, printable(entry, depth)] as const)
      .filter(([, entry]) => entry !== undefined),
  );
}
