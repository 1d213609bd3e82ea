import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { type Request, type Response } from 'got';
import { AnswerBody } from './answer-body.ts';
import { parseContentRange } from './content-range.ts';
import { requestIdOf } from './safe-text.ts';
import {
  redirected,
  type TransportContext,
  type TransportFailure,
  transportFailure,
} from './transport-errors.ts';

/** Milliseconds. Every phase of a request is bounded, but the body of a download: its reader watches it. */
export interface HttpTimeouts {
  readonly lookup: number;
  readonly connect: number;
  readonly secureConnect: number;
  /** From the request sent to the headers received. */
  readonly response: number;
  /** The whole of an API call, body included. */
  readonly request: number;
}

export const DEFAULT_TIMEOUTS: HttpTimeouts = {
  lookup: 10_000,
  connect: 10_000,
  secureConnect: 10_000,
  response: 30_000,
  request: 60_000,
};

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  /** `GET /api/databases/ad-…/backups`: method and path, never a query. */
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `archive`: redirects are followed, the body is left as sent and has no time limit. */
  readonly kind: 'api' | 'archive';
  /**
   * A connection of its own. One kept alive may have been closed by the service a moment ago, which looks
   * like a lost answer: bad for a POST that must not be repeated, and for a download that counts attempts.
   */
  readonly freshConnection: boolean;
}

/** Headers have come; the body is still to be read. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly requestId: string | undefined;
  readonly context: TransportContext;
  readonly body: AnswerBody;
}

export type Opened =
  | { readonly answer: OpenAnswer; readonly failure?: undefined }
  | { readonly failure: TransportFailure; readonly answer?: undefined };

const MAX_REDIRECTS = 5;

/** Sends single requests with got; never repeats one. */
export class HttpClient {
  readonly #userAgent: string;
  readonly #timeouts: HttpTimeouts;
  readonly #kept = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  readonly #fresh = { http: new HttpAgent(), https: new HttpsAgent() };

  constructor(userAgent: string, timeouts: Partial<HttpTimeouts> = {}) {
    this.#userAgent = userAgent;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...timeouts };
  }

  /**
   * Sends one request and waits for the headers of its answer, whatever the status.
   * @throws the signal's reason when it is or becomes aborted
   */
  async open(request: HttpRequest, signal: AbortSignal): Promise<Opened> {
    signal.throwIfAborted();
    const url = new URL(request.url);
    const context: TransportContext = {
      operation: request.operation,
      host: url.host,
      secure: url.protocol === 'https:',
    };
    const { promise, resolve } = Promise.withResolvers<Opened>();
    let stream: Request;
    try {
      stream = this.#stream(request, context, signal);
    } catch (error) {
      return { failure: { ...transportFailure(error, context), neverSent: true } };
    }
    stream.once('response', (response: Response) => {
      const { statusCode: status, headers } = response;
      const requestId = requestIdOf(headers['x-request-id']);
      const answered = { ...context, status, requestId };
      // Built here and now: an error in the next tick must find its listener.
      const body = new AnswerBody({
        source: stream,
        expected: request.kind === 'archive' ? promisedLength(status, headers) : null,
        context: answered,
        signal,
      });
      resolve({ answer: { status, headers, requestId, context: answered, body } });
    });
    // Stays for good: what comes after the headers is the body's affair, which has a listener of its own.
    stream.on('error', (error: unknown) => resolve({ failure: transportFailure(error, context) }));
    const opened = await promise;
    if (signal.aborted) {
      opened.answer?.body.destroy();
      signal.throwIfAborted();
    }
    return opened;
  }

  /** Closes every connection. */
  close(): void {
    for (const agents of [this.#kept, this.#fresh]) {
      agents.http.destroy();
      agents.https.destroy();
    }
  }

  #stream(request: HttpRequest, context: TransportContext, signal: AbortSignal): Request {
    const { request: whole, ...phases } = this.#timeouts;
    const archive = request.kind === 'archive';
    return got.stream(request.url, {
      method: request.method,
      headers: { ...request.headers, 'user-agent': this.#userAgent },
      ...(request.body === undefined ? {} : { body: request.body }),
      agent: request.freshConnection ? this.#fresh : this.#kept,
      // The loop around us repeats: it needs our clock, the limiter and fresh tokens between two tries.
      retry: { limit: 0 },
      throwHttpErrors: false,
      // A redirected API call would carry the bearer to wherever the answer says.
      followRedirect: archive,
      maxRedirects: MAX_REDIRECTS,
      decompress: !archive,
      timeout: archive ? phases : { ...phases, request: whole },
      signal,
      hooks: {
        beforeRedirect: [
          (next) => {
            const target = new URL(String(next.url));
            if (context.secure && target.protocol !== 'https:') {
              throw redirected(context, 'it leads from https to a connection without encryption');
            }
          },
        ],
      },
    });
  }
}

/** Bytes of the body: `Content-Length` (RFC 9112 §6.2), else those that the `Content-Range` of a 206 speaks of. */
function promisedLength(status: number, headers: Response['headers']): number | null {
  const text = headers['content-length'];
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  const range = status === 206 ? parseContentRange(headers['content-range']) : undefined;
  return range === undefined ? null : range.end - range.start + 1;
}
