import { formsOf } from './secret-forms.ts';
import { SecretIndex } from './secret-index.ts';

export const REDACTED = '[redacted]';

/**
 * A shorter value is not looked for: it would blacken ordinary words (`test`, `minio`) and with them the
 * log's own keys, and who reads the gaps learns it anyway. In the places where secrets stand (headers,
 * query parameters, named fields) a value of any length is removed.
 */
export const MIN_SECRET_LENGTH = 8;

/**
 * Tokens that were issued on the way and are remembered at once. They live for an hour, a daemon for years;
 * a fleet of a thousand databases would not be issued as many in that hour.
 */
const ISSUED_KEPT = 2048;

/** The last line of defence: nothing is written that has not been through it. */
export interface Scrubber {
  /**
   * Knows a secret for good: one of the configuration.
   * @returns false where it is too short to be looked for (`MIN_SECRET_LENGTH`)
   */
  add(secret: string): boolean;
  /** Knows a token or link that a service has issued; of these only the newest 2,048 are kept. */
  addIssued(secret: string): boolean;
  /**
   * The text with every known secret, and whatever looks like one, replaced by `[redacted]`. Give it whole
   * lines: a secret cut in two is not found. JSON stays JSON.
   */
  scrub(text: string): string;
}

/** @param secrets those of the configuration; `undefined` (not set) is skipped */
export function createScrubber(secrets: Iterable<string | undefined> = []): Scrubber {
  const index = new SecretIndex();
  const permanent = new Set<string>();
  const issued = new Map<string, string[]>();

  const scrubber: Scrubber = {
    add(secret) {
      const known = secret.trim();
      if (known.length < MIN_SECRET_LENGTH) return false;
      if (permanent.has(known)) return true;
      permanent.add(known);
      for (const form of formsOf(known, MIN_SECRET_LENGTH)) index.add(form);
      return true;
    },
    addIssued(secret) {
      const known = secret.trim();
      if (known.length < MIN_SECRET_LENGTH) return false;
      // Deleted and set again, it counts as the newest.
      const forms = issued.get(known) ?? formsOf(known, MIN_SECRET_LENGTH);
      if (!issued.delete(known)) for (const form of forms) index.add(form);
      issued.set(known, forms);
      const [oldest] = issued;
      if (issued.size > ISSUED_KEPT && oldest !== undefined) {
        issued.delete(oldest[0]);
        for (const form of oldest[1]) index.delete(form);
      }
      return true;
    },
    scrub: (text) => scrubPatterns(index.replace(text, REDACTED)),
  };
  for (const secret of secrets) if (secret !== undefined) scrubber.add(secret);
  return scrubber;
}

/** Quotes around a name or a value: none, plain, or escaped in a quoted JSON body. */
const QUOTE = String.raw`\\{0,3}["']?`;

/**
 * What looks like a secret though nobody has registered it. The parts in look-behind stay, the match goes. A
 * match never takes a quote or a backslash with it, so that JSON stays JSON. Repetitions in look-behind are bounded:
 * a hostile text must not cost seconds.
 */
const PATTERNS = new RegExp(
  [
    // An API token of Scalingo.
    String.raw`\btk-us-[\w-]+`,
    // A JWT: header and payload both begin with `{"` (RFC 7519); with or without its signature.
    String.raw`\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?`,
    // A key id of AWS, long-lived or temporary.
    String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`,
    // A header's credentials (RFC 6750, RFC 7617). Words of a sentence have no digit and no symbol in them.
    String.raw`(?<=\b(?:bearer|basic)\s{1,4})(?=[a-z]*[\d._~+/=-])[\w.~+/=-]{6,}`,
    // Query parameters that carry authority, in a URL, in one that is itself encoded, or in a form.
    String.raw`(?<=(?:[?&]|\\u0026|&amp;|%3f|%26)(?:[a-z_-]*token|x-amz-(?:signature|credential)|signature|sig|awsaccesskeyid|api_?key|secret|password)(?:=|%3d))[^&\s"'<>\\#]+`,
    // Signature Version 4 in an Authorization header.
    String.raw`(?<=\bsignature=)[\da-f]{32,}`,
    // A password in a URL's authority. The user ends at the first colon, and so does the search.
    String.raw`(?<=:\/\/)[^\s/?#@:"'\\]*:[^\s/?#@"'\\]+(?=@)`,
    // Fields and settings by name, in JSON, in quoted JSON, and as a shell writes them.
    String.raw`(?<=["'](?:secret_?access_?key|aws_secret_access_key|session_?token|api_?token|bearer_?token|(?:access_?|refresh_?)?token|password|authorization|x-amz-security-token)${QUOTE}\s{0,4}:\s{0,4}${QUOTE}(?<=["']))[^"'\\\s]+`,
    String.raw`(?<=(?:\b|_)(?:secret_access_key|session_token|api_token|bearer_token)=)[^\s"'\\,;]+`,
  ].join('|'),
  'gi',
);

/** A cheap look before the dear one: no pattern can match a text without one of these. */
const WORTH_A_LOOK =
  /tk-us-|eyJ|AKIA|ASIA|bearer|basic|token|signature|credential|sig=|key|secret|password|authorization|:\/\//i;

function scrubPatterns(text: string): string {
  return WORTH_A_LOOK.test(text) ? text.replace(PATTERNS, REDACTED) : text;
}
