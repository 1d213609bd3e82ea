import type { ErrorCode } from './error-codes.ts';

/** Facts that travel with an error into the log. JSON values only, and never a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * What a failure means to the story of a run, whichever source or store it came from. An adapter gives it; the code
 * stays the adapter's own word.
 *
 * Of a source: `backup-in-flight` (it makes a backup of this database already), `outcome-unknown` (a backup may have
 * been made), `unauthorized`, `range-refused` (it does not give this range), `link-refused` (a fresh link may do).
 * Of a store: `conflict` (a conditional write lost), `upload-gone`, `locked` (the object may not be deleted yet),
 * `too-large`, `slow-down`, `rejected` (asked again, it gives the same refusal). Of both: `not-found`, `forbidden`.
 * Of a manifest: `not-understood` (a later version of this program wrote it), which speaks neither for nor against the archive.
 */
export type FailureKind =
  | 'backup-in-flight'
  | 'outcome-unknown'
  | 'unauthorized'
  | 'range-refused'
  | 'link-refused'
  | 'conflict'
  | 'upload-gone'
  | 'locked'
  | 'too-large'
  | 'slow-down'
  | 'rejected'
  | 'not-found'
  | 'forbidden'
  | 'not-understood';

export interface ErrorOptions {
  /** What it means to the story; absent where the story makes no difference. */
  readonly kind?: FailureKind | undefined;
  /** What a person can do about it: one sentence. */
  readonly hint?: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/**
 * The root of every error that this program raises on purpose. `code` is stable and dotted
 * (`backup.failed`, `archive.truncated`); `message` says what failed and on what.
 *
 * `cause` is for the debugger only: it may hold a foreign error that carries a token, so nothing that
 * prints may follow it. `toJSON` leaves it out.
 */
export class ArchiverError extends Error {
  override readonly name: string = 'ArchiverError';
  readonly code: ErrorCode;
  readonly kind: FailureKind | undefined;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = options.kind;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  /** The error as the log prints it. No detail takes the place of the code or the message. */
  toJSON(): Record<string, unknown> {
    const own = {
      name: this.name,
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
    return { ...own, ...this.details, ...own };
  }
}

export interface ServiceErrorOptions extends ErrorOptions {
  /** HTTP status, where a response came at all. */
  readonly status?: number | undefined;
  /** The id that the service gave the request (`X-Request-Id`): what its support asks for. */
  readonly requestId?: string | undefined;
  /** What was asked, without its secrets: `GET /api/databases/ad-…/backups`. */
  readonly operation: string;
  /** Whether the same question, asked later, may be answered otherwise. */
  readonly retryable?: boolean;
}

/** A remote service refused, failed or could not be reached. */
export class ServiceError extends ArchiverError {
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly operation: string;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions) {
    super(code, message, {
      ...options,
      details: {
        operation: options.operation,
        ...(options.status === undefined ? {} : { status: options.status }),
        ...(options.requestId === undefined ? {} : { requestId: options.requestId }),
        ...options.details,
      },
    });
    this.status = options.status;
    this.requestId = options.requestId;
    this.operation = options.operation;
    this.retryable = options.retryable ?? false;
  }
}

/** The source of the backups refused, failed or could not be reached. Each source has a class of its own. */
export class SourceError extends ServiceError {
  override readonly name: string = 'SourceError';
}

/** The store refused, failed or could not be reached. Each store has a class of its own. */
export class StoreError extends ServiceError {
  override readonly name = 'StoreError';
}

/**
 * The archive itself is not what was promised: `archive.empty`, `archive.not_gzip`, `archive.truncated`,
 * `archive.too_long`, `archive.size_mismatch`, `archive.source_changed`, `archive.checksum_mismatch`,
 * `archive.unproven`, `archive.damaged`, `archive.stalled`.
 */
export class IntegrityError extends ArchiverError {
  override readonly name = 'IntegrityError';
}

/** Narrows to one code, wherever it was raised. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is ArchiverError {
  return error instanceof ArchiverError && codes.includes(error.code);
}

/** Narrows to one meaning, whichever source or store raised it. */
export function hasKind(error: unknown, ...kinds: FailureKind[]): error is ArchiverError {
  return error instanceof ArchiverError && error.kind !== undefined && kinds.includes(error.kind);
}

/** Whether the source or the store is away (network, 5xx, throttling), or the lease was lost to that. */
export function isOutage(error: unknown): boolean {
  return (error instanceof ServiceError && error.retryable) || hasCode(error, 'lock.lost');
}

/** Errors that a later run may not meet, though this one gave up. */
const PASSING: readonly ErrorCode[] = [
  'lock.held',
  'archive.source_failed',
  'archive.stalled',
  'archive.truncated',
];

/** Whether a run that failed by it may do better when it is begun later: an outage, or a lease that is held. */
export function mayPass(error: unknown): boolean {
  if (isOutage(error) || hasKind(error, 'outcome-unknown') || hasCode(error, ...PASSING)) return true;
  // It stands for what ended the retention.
  return hasCode(error, 'retention.failed') && mayPass(error.cause);
}

/**
 * Any thrown value as one of ours; never fails itself. A foreign error keeps its message's first line only,
 * under `internal.error`; its properties (request, headers, URL) do not pass.
 */
export function toArchiverError(error: unknown): ArchiverError {
  if (error instanceof ArchiverError) return error;
  const stack = stackFrames(error);
  return new ArchiverError('internal.error', firstLine(error), {
    hint: 'This is a defect in backup-archiver: please report it with this line.',
    details: stack.length === 0 ? {} : { stack },
    cause: error,
  });
}

function firstLine(error: unknown): string {
  const isObject = (typeof error === 'object' && error !== null) || typeof error === 'function';
  const text = isObject ? textOf(error, 'message') : String(error);
  const lines = text.split(/[\n\r]/).map((line) => line.trim());
  // What Node raises when no address of a host answers has an empty message.
  return lines.find((line) => line !== '') ?? `unknown error${isObject ? className(error) : ''}`;
}

/** Empty where there is no such text. */
function textOf(error: unknown, property: 'message' | 'stack'): string {
  const value = propertyOf(error, property);
  return typeof value === 'string' ? value : '';
}

/** A getter of a thrown value is foreign code, and may throw itself. */
function propertyOf(value: unknown, property: string): unknown {
  try {
    return (value as Record<string, unknown>)[property];
  } catch {
    return undefined;
  }
}

/** The name of the class, which stands in the code; a `name` of the error's own is data. */
function className(error: object): string {
  const itsClass = propertyOf(Object.getPrototypeOf(error), 'constructor');
  const name = typeof itsClass === 'function' ? itsClass.name : '';
  return /^[A-Z]\w{0,60}$/.test(name) ? ` (${name})` : '';
}

/** What V8 writes (https://v8.dev/docs/stack-trace-api): a place in a file, or one of the few that have none. */
const FRAME = /^ {4}at (?:.+:\d+:\d+\)?|<anonymous>|.+ \((?:<anonymous>|native|index \d+)\))$/;

/** Frames only: the head of a stack repeats the message, which has been cut on purpose. */
function stackFrames(error: unknown): string[] {
  const message = textOf(error, 'message');
  const stack = textOf(error, 'stack');
  const head = stack.indexOf(message);
  return stack
    .slice(head < 0 ? 0 : head + message.length)
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
}
