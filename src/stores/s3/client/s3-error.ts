import { type FailureKind, type ServiceErrorOptions, StoreError } from '../../../model/errors.ts';

/** What a code of this adapter means to the story. */
const KINDS: Readonly<Record<string, FailureKind>> = {
  's3.precondition_failed': 'conflict',
  's3.no_such_upload': 'upload-gone',
  's3.object_locked': 'locked',
  's3.too_large': 'too-large',
  's3.slow_down': 'slow-down',
  's3.not_found': 'not-found',
  's3.forbidden': 'forbidden',
};

/**
 * The S3 store. Codes that callers act on: `s3.not_found`, `s3.forbidden`, `s3.precondition_failed`,
 * `s3.no_such_upload`, `s3.object_locked`, `s3.slow_down`, `s3.network`, `s3.timeout`,
 * `s3.foreign_response` (a 200 that is not the store's), `s3.unconfirmed` (a success that does not show), `s3.failed`.
 */
export class S3Error extends StoreError {
  constructor(code: string, message: string, options: ServiceErrorOptions) {
    super(code, message, { kind: kindOf(code, options), ...options });
  }
}

function kindOf(code: string, { status }: ServiceErrorOptions): FailureKind | undefined {
  return code === 's3.failed' && status === 400 ? 'rejected' : KINDS[code];
}
