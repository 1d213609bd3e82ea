import { StoreError } from '../../../model/errors.ts';

/** Whether a response has a status with which stores turn down headers that they do not know. */
export function isUnsupported(error: unknown): error is StoreError {
  if (!(error instanceof StoreError) || error.code !== 's3.failed') return false;
  return error.status === 400 || error.status === 501;
}
