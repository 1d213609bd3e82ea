/**
 * Node's codes for a connection that failed, as an operator reads them
 * (https://nodejs.org/api/errors.html#common-system-errors).
 */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the name server did not respond',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'the connection timed out',
  ERR_HTTP_CONTENT_LENGTH_MISMATCH: 'the response was cut short',
  ERR_STREAM_PREMATURE_CLOSE: 'the response was cut short',
  EPROTO: 'the TLS handshake failed',
  EMFILE: 'this process has no file descriptor left for a connection',
  ENFILE: 'this machine has no file descriptor left for a connection',
  EADDRNOTAVAIL: 'this machine has no local address or port left for a connection',
  ERR_INVALID_CHAR: 'a header holds characters that HTTP does not allow',
};

/** What a network error's code means, as a clause; `undefined` for a code without one. */
export function networkWords(code: string): string | undefined {
  return code.startsWith('HPE_') ? 'what came back is not HTTP' : WORDS[code];
}

const OWN_MEANS: Readonly<Record<string, string>> = {
  EMFILE: 'Raise the limit of open files (ulimit -n), or lower concurrency (CONCURRENCY).',
  ENFILE: 'Raise fs.file-max of this machine, or look for what holds its files open.',
  EADDRNOTAVAIL: 'Look for what holds the local ports of this machine (ss -s).',
};

/** What to do where this side lacks the means for a connection: the other one was never asked. */
export function ownMeansHint(code: string): string | undefined {
  return OWN_MEANS[code];
}

/** Whether a code says that the TLS certificate does not fit: the next connection would end the same way. */
export function isCertificateFault(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS/.test(code);
}

/**
 * A network error's `code`, also from inside an AggregateError, which Node throws where each address of a host
 * failed. Only what is written like a code: another text could hold anything.
 */
export function networkCodeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, errors } = error as { code?: unknown; errors?: unknown };
  if (typeof code === 'string') return /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
  return Array.isArray(errors) ? networkCodeOf(errors[0]) : undefined;
}
