import { shorten } from '../text/shorten.ts';
import { oneLine } from '../text/unseen.ts';
import { shapesByThemselves, shapesInRefused, shapesInText } from './secret-shapes.ts';
import { placesOf, replaceSpans } from './spans.ts';

/**
 * What a reader finds in a secret's place, by what is read: the log and all that is stored, the configuration, and
 * what a service said. None is a valid secret, so none can be read back by mistake.
 */
export const MASKS = { log: '[redacted]', config: '***', response: '[hidden]' } as const;

/** Shorter ones (a sandbox's `any`) would riddle every text of the configuration with masks. */
const SHORTEST_IN_CONFIG = 8;
/** In a response they stand as they were sent, so that a shorter one can be distinguished from a word. */
const SHORTEST_IN_RESPONSE = 4;
const LONGEST_RESPONSE = 300;

/** A text of the configuration without any of the secrets that are known. */
export function maskKnown(text: string, secrets: readonly string[]): string {
  return masked(text, secrets, () => []);
}

/** The same without what is certainly a secret: for values in use. */
export function maskCertain(text: string, secrets: readonly string[]): string {
  return masked(text, secrets, shapesInText);
}

/** The same without what has the shape of a secret: for values that are refused. Hides too much if in doubt. */
export function maskRefused(text: string, secrets: readonly string[]): string {
  return masked(text, secrets, shapesInRefused);
}

/** Whether a text of the configuration holds what is a secret by its shape alone. */
export function holdsSecret(text: string): boolean {
  return replaceSpans(text, shapesByThemselves(text), configMask) !== text;
}

function masked(text: string, secrets: readonly string[], shapes: typeof shapesInText): string {
  if (secrets.includes(text)) return MASKS.config;
  return replaceSpans(text, [...placesOf(text, secrets, SHORTEST_IN_CONFIG), ...shapes(text)], configMask);
}

/** An API token keeps what says that it is one. */
function configMask(secret: string): string {
  return /^tk-[a-z]/i.test(secret) ? `tk-us-${MASKS.config}` : MASKS.config;
}

/**
 * A remote text as it may stand in an error: one line, no control characters, at most 300 characters, URLs
 * without their query, and nothing of `secrets` or of what looks like a credential.
 */
export function safeText(text: string, secrets: readonly string[] = []): string {
  const written = new Set(secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]));
  const known = replaceSpans(text, placesOf(text, written, SHORTEST_IN_RESPONSE), MASKS.response).replace(
    /(\bhttps?:\/\/)([^\s"'<>/?#]*@)?([^\s"'<>?#]*)([?#][^\s"'<>]*)?/gi,
    '$1$3',
  );
  const safe = replaceSpans(known, shapesInText(known), MASKS.response)
    // What names the secret goes with it.
    .replace(/\b(?:(?:bearer|basic)\s{1,4}|[\w-]{1,40}=)(?=\[hidden\])/gi, '');
  return shorten(oneLine(safe), LONGEST_RESPONSE);
}
