import { type BackoffPolicy, fullJitter, retry } from '../../concurrency/retry.ts';
import { ArchiverError } from '../../model/errors.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { Proxies } from '../../proxy/http-proxy.ts';
import { type PostFailure, post } from './http-post.ts';

/** What receives the request. */
export type Target = 'ping' | 'webhook';

export interface Message {
  readonly target: Target;
  /** A secret. */
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
}

export interface DeliveryContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly userAgent: string;
  readonly proxies: Proxies;
}

/** Milliseconds, and a count: what one notification may cost, whatever the receiver does. */
const DELIVERY = { attempts: 3, attemptWithin: 5_000, allWithin: 15_000 } as const;
const BACKOFF: BackoffPolicy = { baseMs: 1_000, capMs: 4_000 };
/** Even where the dice say 0: a receiver that has just refused needs a moment. */
const SHORTEST_WAIT = 200;

const KEYS: Readonly<Record<Target, string>> = {
  ping: 'notify.pingUrl (NOTIFY_PING_URL)',
  webhook: 'notify.webhookUrl (NOTIFY_WEBHOOK_URL)',
};

/**
 * Delivers a message, trying again where that can help, for `DELIVERY.allWithin` at most.
 * @returns how many attempts it took
 * @throws ArchiverError `notify.undelivered`, which holds nothing of the URL
 */
export async function deliver(
  message: Message,
  context: DeliveryContext,
  signal: AbortSignal,
): Promise<number> {
  const { clock } = context;
  const over = new AbortController();
  const tooLong = new AbortController();
  const bound = clock.sleep(DELIVERY.allWithin, over.signal).then(
    () => tooLong.abort(),
    () => {},
  );
  try {
    return await attempts(message, context, AbortSignal.any([signal, tooLong.signal]));
  } finally {
    over.abort();
    await bound;
  }
}

async function attempts(message: Message, context: DeliveryContext, signal: AbortSignal): Promise<number> {
  const { clock, random, userAgent, proxies } = context;
  const request = { ...message, userAgent, proxies, within: DELIVERY.attemptWithin };
  let last: PostFailure = { delivered: false, why: '', retryable: false };
  let count = 0;
  try {
    return await retry(
      async (attempt) => {
        const result = await post(request, signal);
        if (result.delivered) return attempt;
        last = result;
        count = attempt;
        throw new Error(result.why);
      },
      {
        attempts: DELIVERY.attempts,
        mayPass: () => last.retryable,
        backoff: {
          clock,
          ms: (attempt) => Math.max(SHORTEST_WAIT, fullJitter(attempt - 1, BACKOFF, random)),
        },
      },
      signal,
    );
  } catch {
    throw undelivered(message.target, last, count, signal);
  }
}

function undelivered(
  target: Target,
  { why, status }: PostFailure,
  attempts: number,
  { aborted }: AbortSignal,
): ArchiverError {
  const reason = aborted ? 'there was no more time' : why;
  return new ArchiverError('notify.undelivered', `the ${target} was not delivered: ${reason}`, {
    hint: `The run itself is not affected. Look at the receiver, and at ${KEYS[target]}.`,
    details: { attempts, ...(status === undefined ? {} : { status }) },
  });
}
