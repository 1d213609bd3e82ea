import { type ServiceError, StoreError } from '../../../model/errors.ts';
import { S3Error } from './s3-error.ts';

const HINT =
  'Nothing shows that Object Lock holds it, so the right is missing: grant s3:DeleteObject on this bucket and prefix, or take the retention policy away.';

/**
 * Runs a deletion. A refusal that speaks of a lock is of kind `locked`; a bare one is a right that is missing, and
 * says so.
 * @throws StoreError
 */
export async function tellRefusal<Result>(deletion: Promise<Result>): Promise<Result> {
  try {
    return await deletion;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (isHeldByLock(error)) throw changed(error, { kind: 'locked' });
    throw error.code === 's3.forbidden' ? changed(error, { hint: HINT }) : error;
  }
}

/**
 * Whether a refused deletion speaks of a lock: AWS says 403 "Access Denied because object protected by object lock",
 * MinIO 400 "Object is WORM protected". The name of the object does not count, since it may hold such a word.
 */
function isHeldByLock(error: ServiceError): boolean {
  if (error.kind === 'locked') return true;
  if (error.status !== 403 && error.status !== 400) return false;
  const words = error.message.replace(error.operation, '');
  return /\bobject.?lock|\bworm\b|\bretention\b|\blegal hold\b/i.test(words);
}

function changed(error: ServiceError, change: { kind?: 'locked'; hint?: string }): S3Error {
  const { code, message, operation, status, requestId, details, retryable, hint } = error;
  return new S3Error(code, message, {
    operation,
    status,
    requestId,
    details,
    retryable,
    ...(hint === undefined ? {} : { hint }),
    ...change,
    cause: error,
  });
}
