import type { Limiter } from '../../../concurrency/rate-limiter.ts';
import type { HttpClient } from '../../../http/http-client.ts';
import type { OpenResponse } from '../../../http/http-exchange.ts';
import { rangeHeaders, toDownload } from '../../../http/ranged-response.ts';
import { readText } from '../../../http/read-text.ts';
import { retryAfterMs, unsatisfiedTotal } from '../../../http/response-headers.ts';
import type { ArchiverError } from '../../../model/errors.ts';
import type { Download, DownloadRange } from '../../../ports/backup-source.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { EventLog } from '../../../ports/event-log.ts';
import type { Redaction } from '../../../ports/redaction.ts';
import { responseError } from './response-error.ts';
import { ScalingoError } from './scalingo-error.ts';

export interface DownloadContext {
  readonly http: HttpClient;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly log: EventLog | undefined;
  readonly redaction: Redaction;
}

const ERROR_TEXT = { bytes: 64 * 1024, timeout: 10_000 };

/**
 * Opens a signed link once: no bearer (the link carries its own authority), no decompression, no repeat.
 * @param operation what errors call it; the link itself is a credential and is never named
 * @throws ScalingoError `scalingo.link_refused` (a fresh link may do), `scalingo.range_refused`, and what an
 *   unanswered or failed request gives; the signal's reason
 */
export async function openArchive(
  { http, limiter, clock, log, redaction }: DownloadContext,
  link: string,
  operation: string,
  range: DownloadRange,
  signal: AbortSignal,
): Promise<Download> {
  await limiter.awaitPause(signal);
  const startedAt = clock.now();
  const isRanged = range.start > 0 || range.end !== undefined;
  const { response, failure } = await http.open(
    {
      method: 'GET',
      url: link,
      operation,
      headers: { 'accept-encoding': 'identity', ...(isRanged ? rangeHeaders(range) : {}) },
      kind: 'archive',
      // A part follows a part on its connection; a long body begins on one that cannot be dead already.
      freshConnection: range.end === undefined,
    },
    signal,
  );
  log?.debug('scalingo.request', {
    operation,
    attempt: 1,
    durationMs: Math.max(0, clock.now() - startedAt),
    ...(response === undefined ? { code: failure.error.code } : { status: response.status }),
    ...(response?.requestId === undefined ? {} : { requestId: response.requestId }),
  });
  if (response === undefined) throw failure.error;
  try {
    const download = toDownload(response, isRanged ? range : undefined, (why) => rangeRefused(response, why));
    if (download !== undefined) return download;
    throw await refusal(response, { link, isRanged }, { limiter, redaction }, clock.now());
  } catch (error) {
    response.body.destroy();
    signal.throwIfAborted();
    throw error;
  }
}

async function refusal(
  response: OpenResponse,
  { link, isRanged }: { link: string; isRanged: boolean },
  { limiter, redaction }: Pick<DownloadContext, 'limiter' | 'redaction'>,
  now: number,
): Promise<ArchiverError> {
  const { status, headers, requestId } = response;
  const { operation } = response.context;
  const text = await readText(response.body, ERROR_TEXT).then(
    (read) => redaction.redact(read.text, read.cut),
    () => '',
  );
  const wait = retryAfterMs(headers['retry-after'], headers.date, now);
  const pause = status === 429 || status >= 500 ? wait : undefined;
  if (pause !== undefined) limiter.pause(pause);
  const error = responseError(
    { operation, kind: 'archive', status, requestId, text, renewable: true, secrets: secretsOf(link) },
    pause,
  );
  if (status === 416 && isRanged) {
    return rangeRefused(
      response,
      'the archive has no such bytes',
      unsatisfiedTotal(headers['content-range']),
    );
  }
  // Storages say in many ways that a signed link is used up: 401, 403, 404, 410, and 400 for an expired token.
  if (error.retryable || status < 400) return error;
  return new ScalingoError('scalingo.link_refused', error.message, {
    operation,
    status,
    requestId,
    retryable: true,
    hint: 'A link lives for a while only: a fresh one is fetched for each attempt. If it lasts, the archive may be gone.',
  });
}

function rangeRefused(response: OpenResponse, why: string, totalSize?: number): ScalingoError {
  const { operation, status, requestId } = response.context;
  return new ScalingoError('scalingo.range_refused', `${operation} was answered ${status}, but ${why}`, {
    operation,
    status,
    requestId,
    hint: 'The archive has to be read from its beginning.',
    ...(totalSize === undefined ? {} : { details: { totalSize } }),
  });
}

/** The values of the link's query, and the query as a whole. */
function secretsOf(link: string): string[] {
  const { search, searchParams, username, password } = new URL(link);
  return [search, ...searchParams.values(), username, password];
}
