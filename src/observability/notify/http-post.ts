import got, { type Request, RequestError, type Response, TimeoutError } from 'got';
import { type Proxies, targetOf } from '../../proxy/http-proxy.ts';
import { proxyAgents } from '../../proxy/proxy-agents.ts';
import { ProxyError } from '../../proxy/proxy-error.ts';
import { isCertificateFault, networkCodeOf } from '../../text/network-errors.ts';

export interface Post {
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  readonly userAgent: string;
  /** Milliseconds for the whole exchange. */
  readonly within: number;
  readonly proxies: Proxies;
}

/** What became of a POST. */
export type PostResult = { readonly delivered: true; readonly status: number } | PostFailure;

/** Why a POST was not delivered. Nothing of it holds anything of the URL. */
export interface PostFailure {
  readonly delivered: false;
  readonly why: string;
  readonly status?: number;
  /** Whether the same may go well a moment later. */
  readonly retryable: boolean;
}

/** Of a response's body, in bytes: read so that the receiver sees an orderly end, but not without end. */
const MOST_READ = 64 * 1024;
/** Too early, too many, and what a receiver that is ill or overloaded says. */
const WORTH_ANOTHER = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Sends once. Never throws: an abort is a failure like another. */
export async function post(request: Post, signal: AbortSignal): Promise<PostResult> {
  const proxy = request.proxies.for(targetOf(new URL(request.url)))?.name;
  if (signal.aborted) return failure(signal.reason, proxy);
  const { promise, resolve } = Promise.withResolvers<PostResult>();
  let stream: Request;
  try {
    stream = send(request, signal);
  } catch (error) {
    return failure(error, proxy);
  }
  // A status is the response: what becomes of the rest of the body changes nothing, and is not to be reported again.
  let response: PostResult | undefined;
  stream.on('error', (error: unknown) => resolve(response ?? failure(error, proxy)));
  stream.once('response', ({ statusCode: status }: Response) => {
    const result = status === 407 && proxy !== undefined ? stopped(proxy, '407', false) : verdict(status);
    response = result;
    let read = 0;
    stream.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read > MOST_READ) resolve(result);
    });
    stream.once('end', () => resolve(result));
  });
  const result = await promise;
  stream.destroy();
  return result;
}

function send({ url, contentType, body, userAgent, within, proxies }: Post, signal: AbortSignal): Request {
  return got.stream.post(url, {
    headers: { 'content-type': contentType, 'user-agent': userAgent, 'accept-encoding': 'identity' },
    body,
    // A connection for each: one kept from the night before would be dead.
    agent: proxyAgents(proxies),
    // The loop around it repeats, within its own bound.
    retry: { limit: 0 },
    throwHttpErrors: false,
    // The URL is a credential, and a redirected POST may arrive as a GET.
    followRedirect: false,
    decompress: false,
    timeout: { request: within },
    signal,
  });
}

function verdict(status: number): PostResult {
  if (status >= 200 && status < 300) return { delivered: true, status };
  const why =
    status >= 300 && status < 400
      ? `the response was ${status}, a redirect, which is not followed: give the address that it leads to`
      : `the response was ${status}`;
  return { delivered: false, why, status, retryable: WORTH_ANOTHER.has(status) };
}

/** A got error's message may name the host or the URL: only its code passes. */
function failure(error: unknown, proxy: string | undefined): PostFailure {
  const cause = error instanceof RequestError ? error.cause : error;
  if (cause instanceof ProxyError) return stopped(cause.proxy, cause.code, cause.retryable);
  const by = proxy === undefined ? '' : ` through the proxy ${proxy}`;
  if (error instanceof TimeoutError) {
    return { delivered: false, why: `no response in time${by}`, retryable: true };
  }
  const code = networkCodeOf(error);
  const named = code === undefined ? '' : ` (${code})`;
  return {
    delivered: false,
    why: `the connection failed${by}${named}`,
    retryable: code === undefined || !isCertificateFault(code),
  };
}

function stopped(proxy: string, code: string, retryable: boolean): PostFailure {
  return { delivered: false, why: `the proxy ${proxy} did not let it through (${code})`, retryable };
}
