import type { MakeError } from '../../../http/transport-errors.ts';
import type { ErrorCode } from '../../../model/error-codes.ts';
import { type FailureKind, type ServiceErrorOptions, SourceError } from '../../../model/errors.ts';

declare module '../../../model/error-codes.ts' {
  interface ErrorCodes {
    'scalingo.backup_running': unknown;
    'scalingo.bad_request': unknown;
    'scalingo.conflict': unknown;
    'scalingo.create_unknown': unknown;
    'scalingo.forbidden': unknown;
    'scalingo.invalid_backup_id': unknown;
    'scalingo.invalid_payload': unknown;
    'scalingo.invalid_url': unknown;
    'scalingo.link_refused': unknown;
    'scalingo.network': unknown;
    'scalingo.no_app': unknown;
    'scalingo.no_token': unknown;
    'scalingo.not_found': unknown;
    'scalingo.payment_required': unknown;
    'scalingo.range_refused': unknown;
    'scalingo.rate_limited': unknown;
    'scalingo.redirected': unknown;
    'scalingo.timeout': unknown;
    'scalingo.unauthorized': unknown;
    'scalingo.unavailable': unknown;
  }
}

/** What a code of Scalingo's means to the story. */
const KINDS: Readonly<Partial<Record<ErrorCode, FailureKind>>> = {
  'scalingo.backup_running': 'backup-in-flight',
  'scalingo.create_unknown': 'outcome-unknown',
  'scalingo.not_found': 'not-found',
  'scalingo.unauthorized': 'unauthorized',
  'scalingo.forbidden': 'forbidden',
  'scalingo.range_refused': 'range-refused',
  'scalingo.link_refused': 'link-refused',
};

/**
 * Scalingo's authentication, main or Database API, or its download host. Codes that callers act on:
 * `scalingo.backup_running` (a POST met a backup in flight), `scalingo.create_unknown` (the response to a
 * POST was lost: it may or may not have created one), `scalingo.not_found`, `scalingo.unauthorized`,
 * `scalingo.forbidden`, `scalingo.rate_limited`, `scalingo.unavailable`, `scalingo.network`,
 * `scalingo.timeout`, `scalingo.invalid_payload`.
 */
export class ScalingoError extends SourceError {
  override readonly name = 'ScalingoError';

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions) {
    super(code, message, { kind: KINDS[code], ...options });
  }
}

/** A request that got no usable response, as an error of Scalingo's. */
export const transportError: MakeError = (fault, message, options) =>
  new ScalingoError(`scalingo.${fault}`, message, options);
