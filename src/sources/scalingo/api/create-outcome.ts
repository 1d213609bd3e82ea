import type { ArchiverError } from '../../../model/errors.ts';
import { ScalingoError } from './scalingo-error.ts';

/**
 * Whether a failed `POST …/backups` may have created a backup all the same: its response was lost, is
 * unreadable, leads elsewhere or is one of a server at a loss. There is no idempotency key, so it must not be sent again.
 * A 429 or another 4xx refused it, and a connection that was never made carried nothing.
 */
export function isOutcomeUnknown(error: ArchiverError, neverSent: boolean): boolean {
  if (neverSent) return false;
  const status = error instanceof ScalingoError ? error.status : undefined;
  return status === undefined || status < 400 || status === 408 || status >= 500;
}

/** The error for it. Not `retryable`: the same question asked again could make a second backup. */
export function createUnknown(operation: string, error: ArchiverError): ScalingoError {
  const { status, requestId } = error instanceof ScalingoError ? error : {};
  return new ScalingoError(
    'scalingo.create_unknown',
    `whether a backup was created is not known: ${error.message}`,
    {
      operation,
      status,
      requestId,
      hint: 'List the backups before asking for another one.',
      details: { reason: error.code },
    },
  );
}
