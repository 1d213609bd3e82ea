import type { Limiter } from '../../../concurrency/rate-limiter.ts';
import { retry } from '../../../concurrency/retry.ts';
import type { HttpClient } from '../../../http/http-client.ts';
import type { HttpRequest, OpenResponse } from '../../../http/http-exchange.ts';
import { readText } from '../../../http/read-text.ts';
import { retryAfterMs } from '../../../http/response-headers.ts';
import { ArchiverError } from '../../../model/errors.ts';
import type { Clock, Random } from '../../../ports/clock.ts';
import type { EventLog } from '../../../ports/event-log.ts';
import type { Redaction } from '../../../ports/redaction.ts';
import type { Credentials } from '../auth/credentials.ts';
import { createUnknown, isOutcomeUnknown } from './create-outcome.ts';
import type { CallKind } from './hints.ts';
import type { PayloadSource } from './payload-reader.ts';
import { isHeaderSafe } from './payloads.ts';
import { responseError } from './response-error.ts';
import { retryDelay } from './retry-delay.ts';
import { ScalingoError } from './scalingo-error.ts';

/** What one call needs from the process. */
export interface ApiContext {
  readonly http: HttpClient;
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  readonly redaction: Redaction;
  /** Tries of one call in all, the first included. Default: 6. */
  readonly attempts?: number | undefined;
}

/** One question to one of the three APIs. */
export interface ApiCall<T> {
  readonly method: 'GET' | 'POST';
  /** The API's URL, without a `/` at its end. */
  readonly base: string;
  readonly path: string;
  readonly kind: CallKind;
  readonly credentials: Credentials;
  readonly log: EventLog | undefined;
  /** Tries in all, where fewer than usual. */
  readonly attempts?: number;
  /** Turns the JSON of a success into what is wanted; throws where it is not that. */
  readonly parse: (payload: unknown, source: PayloadSource) => T;
}

interface Failure {
  readonly error: ArchiverError;
  readonly neverSent: boolean;
  readonly token: string;
}

type Outcome<T> = { readonly value: T } | Failure;

/** No JSON of these APIs comes near it: a list of 10,000 backups is 3 MiB. */
const MAX_JSON_BYTES = 16 * 1024 * 1024;
/** Calls whose response is a secret. */
const ISSUES: ReadonlySet<CallKind> = new Set(['exchange', 'addon-token', 'link']);
const MAX_ERROR_BYTES = 64 * 1024;
/** Characters of a text, and levels of objects, that are looked at: what is used of a payload has far fewer. */
const MAX_TEXT = 64 * 1024;
const MAX_DEPTH = 16;
const ATTEMPTS = 6;

/**
 * Calls the JSON APIs. It uses our own retry instead of got's: between two tries stand
 * the injected clock (so that a test runs an outage in no time), the process-wide limiter, a token that may
 * have to be renewed, and the rule that a creation is never repeated blindly; got's loop knows none of them.
 */
export class ApiClient {
  readonly #context: ApiContext;
  #clockOffset: number | undefined;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /** Milliseconds by which the service's clock is ahead of ours, by the `Date` of its last response. */
  get clockOffset(): number | undefined {
    return this.#clockOffset;
  }

  /**
   * Asks until there is a response, the tries are used up or the refusal is final: it is when it was given twice.
   * A token refused with 401 is renewed once. `kind: 'create'` is repeated only where the service cannot have acted.
   * @throws ScalingoError; the signal's reason
   */
  async call<T>(call: ApiCall<T>, signal: AbortSignal): Promise<T> {
    const { clock, random, attempts = ATTEMPTS } = this.#context;
    let isRenewed = false;
    let refusal: ArchiverError | undefined;
    let verdicts = 0;
    const attempted = async (attempt: number): Promise<T> => {
      const outcome = await this.#try(call, attempt, signal);
      if ('value' in outcome) return outcome.value;
      signal.throwIfAborted();
      const { error, token, neverSent } = outcome;
      if (call.credentials.renewable && !isRenewed && statusOf(error) === 401) {
        isRenewed = true;
        call.credentials.refuse(token);
        this.#reportRetry(call, attempt, 0, error);
        return attempted(attempt);
      }
      if (call.kind === 'create' && isOutcomeUnknown(error, neverSent)) {
        throw createUnknown(operationOf(call), error);
      }
      refusal = error;
      if (isVerdict(error)) verdicts += 1;
      throw error;
    };
    return retry(
      attempted,
      {
        attempts: Math.min(call.attempts ?? attempts, attempts),
        // Not what the credentials raise: they have had their own tries.
        mayPass: (error) => error === refusal && (isRetryable(error) || (isVerdict(error) && verdicts < 2)),
        backoff: {
          clock,
          ms: (attempt, error) => (error instanceof ScalingoError ? retryDelay(error, attempt, random) : 0),
        },
        onRetry: ({ error, attempt, delayMs }) => this.#reportRetry(call, attempt, delayMs, error),
      },
      signal,
    );
  }

  /** One request. Errors of the credentials pass through. */
  async #try<T>(call: ApiCall<T>, attempt: number, signal: AbortSignal): Promise<Outcome<T>> {
    const { http, limiter, clock, redaction } = this.#context;
    await limiter.acquire(signal);
    // After the limiter: a token could end while waiting for it.
    const token = await call.credentials.token(signal, call.log);
    redaction.learn(token);
    const startedAt = clock.now();
    const opened = await http.open(requestOf(call, token), signal);
    const { response } = opened;
    this.#clockOffset = offsetIn(response?.headers.date, clock.now()) ?? this.#clockOffset;
    const outcome =
      response === undefined
        ? { ...opened.failure, token }
        : await this.#judge(call, response, token).catch((error: unknown) => {
            if (error instanceof ArchiverError) return { error, neverSent: false, token };
            throw error;
          });
    call.log?.debug('scalingo.request', {
      operation: operationOf(call),
      attempt,
      durationMs: Math.max(0, clock.now() - startedAt),
      ...(response === undefined ? {} : { status: response.status }),
      ...(response?.requestId === undefined ? {} : { requestId: response.requestId }),
      ...('error' in outcome ? { code: outcome.error.code } : {}),
    });
    return outcome;
  }

  async #judge<T>(call: ApiCall<T>, response: OpenResponse, token: string): Promise<Outcome<T>> {
    const operation = operationOf(call);
    const { status, requestId, headers } = response;
    if (status >= 200 && status < 300) {
      const { text, cut } = await readText(response.body, { bytes: MAX_JSON_BYTES });
      const source = { operation, status, requestId };
      const payload = parseJson(text, cut, source);
      return { value: call.parse(ISSUES.has(call.kind) ? payload : this.#redacted(payload), source) };
    }
    // The status alone is a response, whatever became of its body.
    const text = await readText(response.body, { bytes: MAX_ERROR_BYTES }).then(
      ({ text: read, cut }) => this.#context.redaction.redact(read, cut),
      () => '',
    );
    const wait = retryAfterMs(headers['retry-after'], headers.date, this.#context.clock.now());
    const pause = status === 429 || status >= 500 ? wait : undefined;
    if (pause !== undefined) this.#context.limiter.pause(pause);
    const { renewable } = call.credentials;
    const secrets = secretsOf(call.credentials.scheme, token);
    const refused = { operation, kind: call.kind, status, requestId, text, renewable, secrets };
    return { error: responseError(refused, pause), neverSent: false, token };
  }

  /** What the service repeats of a secret goes into no name, key or manifest. */
  #redacted(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') {
      return this.#context.redaction.redact(value.slice(0, MAX_TEXT), value.length > MAX_TEXT);
    }
    if (typeof value !== 'object' || value === null) return value;
    if (depth === MAX_DEPTH) return null;
    if (Array.isArray(value)) return value.map((item) => this.#redacted(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, this.#redacted(item, depth + 1)]),
    );
  }

  #reportRetry(call: ApiCall<unknown>, attempt: number, delayMs: number, error: unknown): void {
    call.log?.warn('scalingo.retried', { operation: operationOf(call), attempt, delayMs, error });
  }
}

function operationOf({ method, path }: Pick<ApiCall<unknown>, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

function requestOf(call: ApiCall<unknown>, token: string): HttpRequest {
  const operation = operationOf(call);
  if (!isHeaderSafe(token)) {
    throw new ScalingoError(
      'scalingo.unauthorized',
      `${operation}: the token holds characters that no token has`,
      {
        operation,
        hint: 'Check the token for a line break, a space or quotes that were pasted with it.',
      },
    );
  }
  const credentials = call.credentials.scheme === 'Basic' ? basicOf(token) : token;
  return {
    method: call.method,
    url: call.base + call.path,
    operation,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      authorization: `${call.credentials.scheme} ${credentials}`,
    },
    ...(call.method === 'POST' ? { body: '{}' } : {}),
    kind: 'api',
    freshConnection: call.kind === 'create',
  };
}

/** An empty user, the API token as password. */
function basicOf(token: string): string {
  return Buffer.from(`:${token}`).toString('base64');
}

function secretsOf(scheme: 'Basic' | 'Bearer', token: string): string[] {
  return scheme === 'Basic' ? [token, basicOf(token)] : [token];
}

function parseJson(text: string, cut: boolean, source: PayloadSource): unknown {
  try {
    if (!cut) return JSON.parse(text);
  } catch {
    // Described below; a parser's own message would quote the body.
  }
  const what = cut
    ? `more than ${MAX_JSON_BYTES} bytes`
    : text.trim() === ''
      ? 'nothing'
      : text.trimStart().startsWith('<')
        ? 'an HTML page'
        : `${Buffer.byteLength(text)} bytes that are no whole JSON`;
  throw new ScalingoError(
    'scalingo.invalid_payload',
    `${source.operation} was answered ${source.status} with ${what} instead of JSON`,
    {
      ...source,
      // So long a response is not asked for again and again.
      retryable: !cut,
      hint: 'A proxy or a maintenance page may stand in between: check the configured URL if it lasts.',
    },
  );
}

function offsetIn(date: string | undefined, now: number): number | undefined {
  const theirs = Date.parse(date ?? '');
  return Number.isNaN(theirs) ? undefined : theirs - now;
}

function statusOf(error: ArchiverError): number | undefined {
  return error instanceof ScalingoError ? error.status : undefined;
}

function isRetryable(error: unknown): boolean {
  return error instanceof ScalingoError && error.retryable;
}

/**
 * Whether a response says no for good. One server among many may say so by mistake (a replica that lags, a proxy
 * that restarts), so it counts when it is given twice. Not the one to a token, which has its own way, and not that a
 * backup is running: the list tells.
 */
function isVerdict(error: unknown): boolean {
  if (!(error instanceof ScalingoError) || error.retryable || error.status === undefined) return false;
  return error.status !== 401 && error.code !== 'scalingo.backup_running';
}
