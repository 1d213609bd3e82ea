import { STATUS_CODES } from 'node:http';
import type { ErrorCode } from '../../../model/error-codes.ts';
import { safeText } from '../../../redaction/mask-text.ts';
import { type CallKind, hintFor } from './hints.ts';
import { ScalingoError } from './scalingo-error.ts';

/** A response that is no success, its body read as far as is useful. */
export interface RefusedResponse {
  readonly operation: string;
  readonly kind: CallKind;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly text: string;
  /** Whether another token could have been had (`DB_BEARER_TOKEN` cannot be renewed). */
  readonly renewable: boolean;
  /** What must not be repeated from the body: the token that was sent, the link. */
  readonly secrets: readonly string[];
}

/** `A backup is running`: one source (go-scalingo's issues), hence read with some latitude. */
const BACKUP_RUNNING = /\bbackup\b.{0,40}\b(running|in progress)\b/i;

/** The response as an error of ours: what was asked, the status, and the service's own words. */
export function responseError(response: RefusedResponse, retryAfterMs?: number): ScalingoError {
  const { operation, kind, status, requestId, renewable } = response;
  const words = serviceWords(response.text, response.secrets);
  const name = STATUS_CODES[status] === undefined ? '' : ` (${STATUS_CODES[status]})`;
  const code =
    kind === 'create' && (status === 400 || status === 409) && BACKUP_RUNNING.test(words)
      ? 'scalingo.backup_running'
      : codeOf(status);
  const hint = hintFor({ code, kind, status, renewable });
  return new ScalingoError(
    code,
    `${operation} was answered ${status}${name}${words === '' ? '' : `: ${words}`}`,
    {
      operation,
      status,
      requestId,
      retryable: isRetryable(status),
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfterMs === undefined ? {} : { details: { retryAfterMs } }),
    },
  );
}

function codeOf(status: number): ErrorCode {
  if (status >= 500) return 'scalingo.unavailable';
  if (status >= 300 && status < 400) return 'scalingo.redirected';
  switch (status) {
    case 401:
      return 'scalingo.unauthorized';
    case 402:
      return 'scalingo.payment_required';
    case 403:
      return 'scalingo.forbidden';
    case 404:
    case 410:
      return 'scalingo.not_found';
    case 408:
      return 'scalingo.timeout';
    case 409:
      return 'scalingo.conflict';
    case 429:
      return 'scalingo.rate_limited';
    default:
      return 'scalingo.bad_request';
  }
}

function isRetryable(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * What the body says, in one line. Known shapes: `{error, code}`, `{error}`, `{name, error, url}`,
 * `{resource, error}`, `{errors: {field: [message]}}`, plain text, or a proxy's HTML page.
 */
function serviceWords(text: string, secrets: readonly string[]): string {
  const trimmed = text.trim();
  if (trimmed === '') return '';
  if (trimmed.startsWith('<')) return 'an HTML page';
  const body = parseObject(trimmed);
  if (body === undefined) return safeText(trimmed, secrets);
  const words = [
    textOf(body.error) ?? textOf(body.message),
    fieldErrors(body.errors),
    labelled('resource', body.resource),
    labelled('name', body.name),
    labelled('code', body.code),
  ].filter((word) => word !== undefined);
  return safeText(words.join(', '), secrets);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'string') return { error: value };
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function labelled(label: string, value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : `${label} ${text}`;
}

function fieldErrors(errors: unknown): string | undefined {
  if (typeof errors !== 'object' || errors === null) return undefined;
  const lines = Object.entries(errors).map(
    ([field, messages]: [string, unknown]) =>
      `${field} ${(Array.isArray(messages) ? messages : [messages]).map((message) => textOf(message) ?? '?').join(' and ')}`,
  );
  return lines.length === 0 ? undefined : lines.join(', ');
}
