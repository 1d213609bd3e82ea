import type { ErrorCode } from '../../../model/error-codes.ts';
import { type FailureKind, type ServiceErrorOptions, StoreError } from '../../../model/errors.ts';

declare module '../../../model/error-codes.ts' {
  interface ErrorCodes {
    's3.abort_failed': unknown;
    's3.bad_digest': unknown;
    's3.bad_listing': unknown;
    's3.checksum_refused': unknown;
    's3.failed': unknown;
    's3.forbidden': unknown;
    's3.foreign_response': unknown;
    's3.full': unknown;
    's3.network': unknown;
    's3.needs_restore': unknown;
    's3.no_credentials': unknown;
    's3.no_such_bucket': unknown;
    's3.no_such_upload': unknown;
    's3.not_found': unknown;
    's3.precondition_failed': unknown;
    's3.slow_down': unknown;
    's3.timeout': unknown;
    's3.too_large': unknown;
    's3.unconfirmed': unknown;
    's3.wrong_region': unknown;
  }
}

/** What a code of this adapter means to the story. */
const KINDS: Readonly<Partial<Record<ErrorCode, FailureKind>>> = {
  's3.precondition_failed': 'conflict',
  's3.no_such_upload': 'upload-gone',
  's3.too_large': 'too-large',
  's3.slow_down': 'slow-down',
  's3.not_found': 'not-found',
  's3.forbidden': 'forbidden',
};

/**
 * The S3 store. Codes that callers act on: `s3.not_found`, `s3.forbidden`, `s3.precondition_failed`,
 * `s3.no_such_upload`, `s3.slow_down`, `s3.network`, `s3.timeout`,
 * `s3.foreign_response` (a 200 that is not the store's), `s3.unconfirmed` (a success that does not show), `s3.failed`.
 */
export class S3Error extends StoreError {
  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions) {
    super(code, message, { kind: kindOf(code, options), ...options });
  }
}

function kindOf(code: ErrorCode, { status }: ServiceErrorOptions): FailureKind | undefined {
  return code === 's3.failed' && status === 400 ? 'rejected' : KINDS[code];
}

/** Whether a response has a status with which stores turn down headers that they do not know. */
export function isUnsupported(error: unknown): error is StoreError {
  if (!(error instanceof StoreError) || error.code !== 's3.failed') return false;
  return error.status === 400 || error.status === 501;
}
