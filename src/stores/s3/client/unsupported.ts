import { StoreError } from '../../../model/errors.ts';

/** Whether an answer has a status with which stores turn down headers that they do not know. */
export function isTurnedDown(error: unknown): error is StoreError {
  if (!(error instanceof StoreError) || error.code !== 's3.failed') return false;
  return error.status === 400 || error.status === 501;
}
