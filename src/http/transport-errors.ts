import { RequestError, TimeoutError } from 'got';
import { ArchiverError, type ServiceError, type ServiceErrorOptions } from '../model/errors.ts';
import { ProxyError } from '../proxy/proxy-error.ts';
import { formatDuration } from '../text/duration.ts';
import { isCertificateFault, networkCodeOf, networkWords, ownMeansHint } from '../text/network-errors.ts';
import { LeadsHere } from './guarded-lookup.ts';

/** A request that got no usable response, as one of ours. */
export interface TransportFailure {
  readonly error: ArchiverError;
  /** The connection was never made, so the service cannot have seen the request. */
  readonly neverSent: boolean;
}

/** How a request may fail below its service: no connection or a broken one, too long, a redirect that is not followed. */
export type TransportFault = 'network' | 'timeout' | 'redirected';

/** Makes the error of the service that was asked. */
export type MakeError = (
  fault: TransportFault,
  message: string,
  options: ServiceErrorOptions,
) => ServiceError;

export interface TransportContext {
  readonly makeError: MakeError;
  readonly operation: string;
  /** Host and port: no path, no query, no user. */
  readonly host: string;
  /** Host and port of the proxy that it is asked by. */
  readonly proxy?: string | undefined;
  readonly secure: boolean;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
}

const TIMEOUTS: Readonly<Record<string, string>> = {
  lookup: 'waiting for the host name to be looked up',
  connect: 'waiting for the connection',
  secureConnect: 'waiting for the TLS handshake',
  response: 'waiting for a response',
  request: 'waiting for the whole response',
};

const UNREACHED = 'Check the configured URL, the name service and the way out of this network.';

/**
 * Translates what got throws. A got error carries the request, its headers and its URL, so nothing of it but
 * its code passes: no message, no cause.
 */
export function transportFailure(thrown: unknown, context: TransportContext): TransportFailure {
  // Thrown by our own redirect hook, and wrapped by got.
  const inner = thrown instanceof RequestError ? thrown.cause : thrown;
  if (inner instanceof ArchiverError) return { error: inner, neverSent: false };
  if (inner instanceof ProxyError) return { error: stoppedByProxy(inner, context), neverSent: true };
  if (inner instanceof LeadsHere) return { error: leadsHere(inner, context), neverSent: true };
  const neverSent = thrown instanceof RequestError && !wasConnected(thrown, context.secure);
  if (thrown instanceof TimeoutError) return { error: timeout(thrown, context), neverSent };
  const code = codeOf(thrown);
  if (code === 'ERR_TOO_MANY_REDIRECTS') {
    return { error: redirected(context, 'it redirects again and again'), neverSent: false };
  }
  const badCertificate = isCertificateFault(code);
  const what = badCertificate
    ? 'the TLS certificate was not accepted'
    : (networkWords(code) ?? 'the request failed');
  const error = context.makeError(
    'network',
    `${context.operation}: no response from ${peerOf(context)}: ${what} (${code})`,
    {
      ...serviceFields(context),
      retryable: !badCertificate && code !== 'ERR_INVALID_CHAR',
      hint: badCertificate
        ? 'Check the configured URL; a proxy with a certificate of its own needs NODE_EXTRA_CA_CERTS.'
        : (ownMeansHint(code) ?? UNREACHED),
      details: { networkCode: code },
    },
  );
  return { error, neverSent };
}

/** A response that broke off. @param expected bytes; `null` where the service did not say */
export function cutShort(
  context: TransportContext,
  received: number,
  expected: number | null,
  thrown?: unknown,
): ArchiverError {
  if (thrown instanceof TimeoutError) return timeout(thrown, context);
  const code = thrown === undefined ? undefined : codeOf(thrown);
  const of = expected === null ? `${received} bytes` : `${received} of ${expected} bytes`;
  return context.makeError(
    'network',
    `${context.operation}: the response of ${peerOf(context)} broke off after ${of}${code === undefined ? '' : ` (${code})`}`,
    {
      ...serviceFields(context),
      retryable: true,
      details: {
        receivedBytes: received,
        ...(expected === null ? {} : { expectedBytes: expected }),
        ...(code === undefined ? {} : { networkCode: code }),
      },
    },
  );
}

function stoppedByProxy(
  { message, code, hint, retryable }: ProxyError,
  context: TransportContext,
): ServiceError {
  return context.makeError(
    code === 'ETIMEDOUT' ? 'timeout' : 'network',
    `${context.operation}: no response from ${context.host}: ${message}`,
    { ...serviceFields(context), retryable, hint, details: { networkCode: code } },
  );
}

/** A redirect that is not followed. */
export function redirected(context: TransportContext, why: string): ServiceError {
  return context.makeError(
    'redirected',
    `${context.operation}: the redirect of ${peerOf(context)} is not followed: ${why}`,
    {
      ...serviceFields(context),
      hint: 'Check the configured URL: its scheme and its host.',
    },
  );
}

function leadsHere({ message }: LeadsHere, context: TransportContext): ServiceError {
  return context.makeError(
    'redirected',
    `${context.operation}: ${context.host} is not asked: ${message}, and the service that named it is elsewhere`,
    {
      ...serviceFields(context),
      hint: 'Check the name service of this network, and /etc/hosts: what an archive link names must not lead here.',
    },
  );
}

function timeout(thrown: TimeoutError, context: TransportContext): ServiceError {
  const limit = /for (\d+)ms$/.exec(thrown.message)?.[1];
  return tookTooLong(context, thrown.event, limit === undefined ? undefined : Number(limit));
}

/** @param phase one of `HttpTimeouts` @param limit milliseconds */
export function tookTooLong(
  context: TransportContext,
  phase: string,
  limit: number | undefined,
): ServiceError {
  const after = limit === undefined ? '' : ` after ${formatDuration(limit)}`;
  return context.makeError(
    'timeout',
    `${context.operation}: gave up on ${peerOf(context)}${after}, ${TIMEOUTS[phase] ?? 'waiting'}`,
    { ...serviceFields(context), retryable: true, hint: UNREACHED, details: { phase } },
  );
}

/** Who has failed: of the two that a proxy makes, nothing tells which. */
function peerOf({ host, proxy }: TransportContext): string {
  return proxy === undefined ? host : `${host} through the proxy ${proxy}`;
}

function serviceFields({ operation, status, requestId }: TransportContext) {
  return { operation, status, requestId };
}

function wasConnected({ timings }: RequestError, secure: boolean): boolean {
  return (secure ? timings?.secureConnect : timings?.connect) !== undefined;
}

function codeOf(thrown: unknown): string {
  return networkCodeOf(thrown) ?? 'UNKNOWN';
}
