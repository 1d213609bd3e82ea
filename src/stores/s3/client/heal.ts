import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { type BackoffPolicy, fullJitter, Retries, type RetryPolicy } from '../../../concurrency/retry.ts';
import { type ArchiverError, hasKind, StoreError } from '../../../model/errors.ts';
import { type CommandContext, callOf } from './call.ts';
import { toStoreError } from './explain-error.ts';
import { Mender } from './mend.ts';

/** Tries of one request, the first included. */
const MAX_ATTEMPTS = 5;
const BACKOFF: BackoffPolicy = { baseMs: 50, capMs: 20_000 };
/** Where the store asks for fewer requests. */
const SLOW_DOWN: BackoffPolicy = { baseMs: 1_000, capMs: 20_000 };
/** What a `Retry-After` may add to a pause, in milliseconds: a longer one is the outer loops' to wait. */
const LONGEST_HINT = 5_000;

const CALM = new AbortController().signal;

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
      const retries = new Retries(policyOf(context as CommandContext, isOneShot ? 1 : MAX_ATTEMPTS));
      for (;;) {
        mender.begin();
        try {
          return await next(args);
        } catch (error) {
          const { signal = CALM } = callOf(context as CommandContext);
          if (signal.aborted || !(error instanceof Error)) throw error;
          await mender.failed(error);
          await retries.failed(error, signal);
        }
      }
    },
    { step: 'finalizeRequest', name: 'retryMiddleware', tags: ['RETRY'], priority: 'high', override: true },
  );
}

function policyOf(context: CommandContext, attempts: number): RetryPolicy {
  const failureOf = (error: unknown) => toStoreError(error, callOf(context).operation);
  return {
    attempts,
    mayPass: (error) => {
      const failure = failureOf(error);
      return failure instanceof StoreError && failure.retryable;
    },
    backoff: {
      clock: { sleep: pause },
      ms: (attempt, error) => delayAfter(failureOf(error), attempt, error),
    },
    onRetry: ({ error, attempt, delayMs }) => {
      const { log, operation } = callOf(context);
      log?.warn('s3.retried', { operation, attempt, delayMs, error: failureOf(error) });
    },
  };
}

function delayAfter(failure: ArchiverError, attempt: number, error: unknown): number {
  const backoff = hasKind(failure, 'slow-down') ? SLOW_DOWN : BACKOFF;
  const delay = fullJitter(attempt - 1, backoff, Math.random);
  const { headers = {} } = (error as { $response?: { headers?: Record<string, string> } }).$response ?? {};
  const asked = Number(headers['retry-after'] ?? 0) * 1000;
  return asked > delay ? Math.min(asked, delay + LONGEST_HINT) : delay;
}

/** By the system's timer, as the SDK's own pauses: the client has no clock of ours. */
async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal });
}
