import { parseInstant } from '../../../text/instant.ts';
import { oneLine } from '../../../text/unseen.ts';
import { ScalingoError } from './scalingo-error.ts';

/** Where a payload came from: what its errors name. */
export interface PayloadSource {
  readonly operation: string;
  readonly status: number;
  readonly requestId: string | undefined;
}

/** Of a name, a status, a version: what is longer is cut. */
const LONGEST_LABEL = 255;
/** Of a token or a link: servers take no longer header (Node: 16 KiB). */
const LONGEST_TEXT = 16 * 1024;

export type Fields = Readonly<Record<string, unknown>>;

/** Reads the fields of a payload by name, and refuses what is missing or of another kind. */
export class PayloadReader {
  readonly #fields: Fields;
  readonly #path: string;
  readonly #source: PayloadSource;

  /** @param path of this object within the payload: empty, or as `database_backups[3]` */
  constructor(value: unknown, path: string, source: PayloadSource) {
    this.#path = path;
    this.#source = source;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#invalid(path === '' ? 'the response' : `"${path}"`, 'an object', value);
    }
    this.#fields = value as Fields;
  }

  object(field: string): PayloadReader {
    return new PayloadReader(this.#fields[field], this.#pathOf(field), this.#source);
  }

  objects(field: string): PayloadReader[] {
    const value = this.#fields[field];
    if (!Array.isArray(value)) throw this.invalid(field, 'an array');
    return value.map(
      (item, index) => new PayloadReader(item, `${this.#pathOf(field)}[${index}]`, this.#source),
    );
  }

  /** A text that is used as it is. */
  text(field: string): string {
    const value = this.#fields[field];
    if (typeof value !== 'string' || value === '') throw this.invalid(field, 'a text');
    if (value.length > LONGEST_TEXT) {
      throw this.invalid(field, `a text of ${LONGEST_TEXT.toLocaleString('en')} characters at most`);
    }
    return value;
  }

  /** A text that goes into messages, logs and manifests: one line of 255 characters at most. */
  label(field: string): string {
    const value = this.#fields[field];
    const label = typeof value === 'string' ? labelOf(value) : '';
    if (label === '') throw this.invalid(field, 'a text');
    return label;
  }

  /** `null` where absent, null or empty. */
  optionalLabel(field: string): string | null {
    const value = this.#fields[field] ?? null;
    if (value !== null && typeof value !== 'string') throw this.invalid(field, 'a text or null');
    return labelOf(value ?? '') || null;
  }

  /** For what is only shown to people: `null` where it is no text. */
  labelOrNull(field: string): string | null {
    const value = this.#fields[field];
    return typeof value === 'string' ? labelOf(value) || null : null;
  }

  /** For what is only judged: `null` where it is no yes or no. */
  flagOrNull(field: string): boolean | null {
    const value = this.#fields[field];
    return typeof value === 'boolean' ? value : null;
  }

  /** The whole numbers from 0 to `most` of a list, or the only one; other entries are left out. */
  countsIn(field: string, most: number): number[] {
    const values = [this.#fields[field]].flat();
    return values.filter((value): value is number => isCount(value, most));
  }

  /** `null` where there is no such object. */
  objectOrNull(field: string): PayloadReader | null {
    const value = this.#fields[field];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? this.object(field) : null;
  }

  /** A count of bytes; `null` where absent or null. */
  optionalBytes(field: string): number | null {
    const value = this.#fields[field] ?? null;
    if (value === null) return null;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw this.invalid(field, 'a number of bytes');
    }
    return value;
  }

  time(field: string): Date {
    const value = this.#fields[field];
    const time = typeof value === 'string' ? parseInstant(value) : undefined;
    if (time === undefined)
      throw this.invalid(field, 'a time with its offset from UTC, of the years 0 to 9999');
    return time;
  }

  optionalTime(field: string): Date | null {
    return (this.#fields[field] ?? '') === '' ? null : this.time(field);
  }

  /** The error that says of what kind `field` should be. */
  invalid(field: string, expected: string): ScalingoError {
    return this.#invalid(`"${this.#pathOf(field)}"`, expected, this.#fields[field]);
  }

  #pathOf(field: string): string {
    return this.#path === '' ? field : `${this.#path}.${field}`;
  }

  #invalid(what: string, expected: string, value: unknown): ScalingoError {
    const { operation, status, requestId } = this.#source;
    // Its kind only, never its value: a malformed token is still a token.
    return new ScalingoError(
      'scalingo.invalid_payload',
      `${operation} was answered ${status}, but ${what} is ${kindOf(value)}, not ${expected}`,
      {
        operation,
        status,
        requestId,
        // Another document altogether, as `{"error": …}` in a 200, may pass; an entry of another kind does not.
        retryable: !this.#path.includes('['),
        hint: 'Is this URL the one of Scalingo? If so, its API has changed: please report it.',
        details: { field: what.replaceAll('"', '') },
      },
    );
  }
}

function isCount(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

function labelOf(text: string): string {
  // What is cut off first makes the work small, whatever its length.
  return oneLine(text.slice(0, 4 * LONGEST_LABEL))
    .slice(0, LONGEST_LABEL)
    .toWellFormed();
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value} that does not fit`;
}
