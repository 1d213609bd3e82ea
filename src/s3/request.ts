import type { S3Client } from '@aws-sdk/client-s3';
import { StoreError } from '../domain/errors.ts';
import { CONTROL_TIMEOUT } from './deadlines.ts';
import { toStoreError } from './store-error.ts';

/** A command of the SDK, as `S3Client.send` takes it. */
export type S3Command = Parameters<S3Client['send']>[0];

/**
 * Sends one command, bounded in time, and raises only our own errors.
 * @param describe what is asked, for the error: `HeadObject prod/…`
 * @throws StoreError; or the signal's reason when that is what ended it
 */
export async function request<Output>(
  send: (options: { abortSignal: AbortSignal; requestTimeout: number }) => Promise<Output>,
  describe: string,
  signal: AbortSignal,
  timeout: number = CONTROL_TIMEOUT,
): Promise<Output> {
  signal.throwIfAborted();
  try {
    return await send({ abortSignal: signal, requestTimeout: timeout });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toStoreError(error, describe);
  }
}

/** Pages of one listing. An upload has 10,000 parts at most; a listing with more pages than that goes round in circles. */
export const MOST_PAGES = 20_000;

/** A listing that does not end. */
export function endless(operation: string): StoreError {
  return new StoreError('s3.bad_listing', `${operation}: it still goes on after ${MOST_PAGES} pages`, {
    operation,
  });
}
