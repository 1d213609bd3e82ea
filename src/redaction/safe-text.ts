import { shorten } from '../text/shorten.ts';

const MAX_LENGTH = 300;
const MASK = '[hidden]';

/** What a credential looks like, should a service repeat one that we did not know of. */
const CREDENTIALS: readonly RegExp[] = [
  /eyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, // a JWT
  /\btk-[a-z]{2}-[\w-]+/g, // an API token, as tk-us-…
  /\b(Bearer|Basic)\s+[\w.~+/=-]+/gi,
  /\b(token|signature|sig|password|secret|x-amz-[a-z-]+)=[^\s&"'<>]+/gi,
];

/**
 * A remote text as it may stand in an error: one line, no control characters, at most 300 characters, URLs
 * without their query, and nothing of `secrets` or of what looks like a credential.
 */
export function safeText(text: string, secrets: readonly string[] = []): string {
  let safe = text;
  for (const secret of secrets) {
    // A very short one would mask half of the sentence, and is no secret anyway.
    if (secret.length < 4) continue;
    for (const form of new Set([secret, encodeURIComponent(secret)])) safe = safe.replaceAll(form, MASK);
  }
  safe = safe.replace(/(\bhttps?:\/\/)([^\s"'<>/?#]*@)?([^\s"'<>?#]*)([?#][^\s"'<>]*)?/gi, '$1$3');
  for (const pattern of CREDENTIALS) safe = safe.replace(pattern, MASK);
  safe = safe
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return shorten(safe, MAX_LENGTH);
}

/** `X-Request-Id` where it is one: it goes into every failure and must not carry surprises. */
export function requestIdOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:/+=@-]{1,128}$/.test(header) ? header : undefined;
}
