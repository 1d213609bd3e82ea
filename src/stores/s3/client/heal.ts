import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { type BackoffPolicy, fullJitter } from '../../../concurrency/retry.ts';
import { type ServiceError, StoreError } from '../../../model/errors.ts';
import { type Call, type CommandContext, callOf } from './call.ts';
import { toStoreError } from './explain-error.ts';
import { Mender } from './mend.ts';

/** Tries of one request, the first included. */
const MAX_ATTEMPTS = 5;
const BACKOFF: BackoffPolicy = { baseMs: 50, capMs: 20_000 };
/** Where the store asks for fewer requests. */
const SLOW_DOWN: BackoffPolicy = { baseMs: 1_000, capMs: 20_000 };
/** What a `Retry-After` may add to a pause, in milliseconds: a longer one is the outer loops' to wait. */
const LONGEST_HINT = 5_000;
/**
 * Sends a request that failed again, where another try may do better, and tells the log of it. The one place that does,
 * in the stead of the SDK's own (`retryMiddleware`): that one says nothing, has a budget which a night without a store
 * uses up for the next ones, and knows none of the responses that are no verdict (a 409, half a document, credentials
 * that were taken back before their end).
 *
 * A body that can be read only once is not sent again here: its sender learns by `StoreError.retryable` that it may.
 */
export function healSingleFaults(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const isOneShot = (args.request as { body?: unknown }).body instanceof Readable;
      const mender = new Mender(client, context as CommandContext);
      for (let attempt = 1; ; attempt++) {
        mender.begin();
        try {
          return await next(args);
        } catch (error) {
          const call = callOf(context as CommandContext);
          if (call.signal?.aborted === true || !(error instanceof Error)) throw error;
          await mender.failed(error);
          if (isOneShot || attempt === MAX_ATTEMPTS) throw error;
          await pause(call, error, attempt);
        }
      }
    },
    { step: 'finalizeRequest', name: 'retryMiddleware', tags: ['RETRY'], priority: 'high', override: true },
  );
}

/** Says what failed, and waits. @throws `error` where another try cannot do better */
async function pause({ operation, log, signal }: Call, error: Error, attempt: number): Promise<void> {
  const failure = toStoreError(error, operation);
  if (!(failure instanceof StoreError) || !failure.retryable) throw error;
  const delayMs = delayAfter(failure, attempt, error);
  log?.warn('s3.retried', { operation, attempt, delayMs, error: failure });
  await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
}

function delayAfter({ kind }: ServiceError, attempt: number, error: Error): number {
  const delay = fullJitter(attempt - 1, kind === 'slow-down' ? SLOW_DOWN : BACKOFF, Math.random);
  const { headers = {} } = (error as { $response?: { headers?: Record<string, string> } }).$response ?? {};
  const asked = Number(headers['retry-after'] ?? 0) * 1000;
  return asked > delay ? Math.min(asked, delay + LONGEST_HINT) : delay;
}
