import { ArchiverError } from '../../src/model/errors.ts';

/** A signal that is never aborted. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

/** What `promise` is rejected with. @throws Error when it is not rejected */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ fulfilled: true as const, error: undefined }),
    (error: unknown) => ({ fulfilled: false as const, error }),
  );
  if (outcome.fulfilled) throw new Error('it was expected to fail, and succeeded');
  return outcome.error;
}

/** The error of our family that `promise` is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<ArchiverError> {
  const error = await rejectionOf(promise);
  if (error instanceof ArchiverError) return error;
  throw new Error(`expected an error of our own, got ${String(error)}`, { cause: error });
}
