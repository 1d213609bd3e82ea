import type { Redaction } from '../ports/redaction.ts';
import { secretsOfLink } from './link-secrets.ts';
import { formsOf } from './secret-forms.ts';
import { type Hit, type SecretForm, SecretIndex } from './secret-index.ts';
import { type SecretView, viewsOf, withoutCutEscape } from './secret-view.ts';

export const REDACTED = '[redacted]';

/**
 * A shorter value is not looked for: it would blacken ordinary words (`test`, `minio`) and with them the
 * log's own keys, and who reads the gaps learns it anyway. In the places where secrets stand (headers,
 * query parameters, named fields) a value of any length is removed.
 */
export const MIN_SECRET_LENGTH = 8;

/**
 * A shorter one that a service has issued is looked for as a word of its own, if it has letters and digits: no key of
 * the log has both.
 */
const MIN_ISSUED_LENGTH = 6;

/**
 * Tokens and links that were issued on the way and are remembered at once. They live for an hour, a daemon for years;
 * a fleet of a thousand databases would not be issued as many in that hour. What is used again counts as new, so that
 * none is forgotten while it is in use.
 */
const ISSUED_KEPT = 2048;
/** Characters of all their forms: a token of 1,000 characters takes some 6,000. Even of very long ones one is kept. */
const ISSUED_CHARACTERS = 2 ** 23;

/** The last line of defence: nothing is written that has not been through it. */
export interface Scrubber extends Redaction {
  /**
   * Knows a secret for good: one of the configuration.
   * @returns false where it is too short to be looked for (`MIN_SECRET_LENGTH`)
   */
  add(secret: string): boolean;
  /** Knows a token or link that a service has issued; of these only the newest 2,048 are kept. */
  addIssued(secret: string): boolean;
  /**
   * The text with every known secret, and whatever looks like one, replaced by `[redacted]`. Give it whole
   * lines: of a secret cut in two only a long beginning is found. JSON stays JSON.
   */
  scrub(text: string): string;
}

/** A part of a text, its end exclusive. */
type Span = readonly [start: number, end: number];

/** @param secrets those of the configuration; `undefined` (not set) is skipped */
export function createScrubber(secrets: Iterable<string | undefined> = []): Scrubber {
  const index = new SecretIndex();
  const permanent = new Set<string>();
  const issued = new IssuedSecrets(index);

  const scrubber: Scrubber = {
    add(secret) {
      const known = secret.trim();
      if (known.length < MIN_SECRET_LENGTH) return false;
      if (permanent.has(known)) return true;
      permanent.add(known);
      for (const form of formsOf(known, MIN_SECRET_LENGTH)) index.add(form);
      return true;
    },
    addIssued: (secret) => issued.add(secret.trim()),
    learn: (secret) => void issued.add(secret.trim()),
    learnLink(url, open) {
      for (const secret of secretsOfLink(url, open)) issued.add(secret.trim());
    },
    scrub: (text) => masked(text, [...knownIn(text, index), ...suspiciousIn(text)]),
    redact: (text, isCut = false) =>
      masked(text, [...knownIn(text, index), ...(isCut ? cutAtEnd(text, index) : [])]),
  };
  for (const secret of secrets) if (secret !== undefined) scrubber.add(secret);
  return scrubber;
}

/** What services have issued, the newest last. */
class IssuedSecrets {
  readonly #index: SecretIndex;
  readonly #forms = new Map<string, readonly SecretForm[]>();
  #characters = 0;

  constructor(index: SecretIndex) {
    this.#index = index;
  }

  /** @returns whether it is long enough to be looked for */
  add(secret: string): boolean {
    const isShort = secret.length < MIN_SECRET_LENGTH;
    if (secret.length < MIN_ISSUED_LENGTH || (isShort && !/^(?=.*\d)(?=.*[a-z])/i.test(secret))) return false;
    const known = this.#forms.get(secret);
    const forms = known ?? formsOf(secret, isShort ? secret.length : MIN_SECRET_LENGTH);
    // Deleted and set again, it counts as the newest.
    this.#forms.delete(secret);
    this.#forms.set(secret, forms);
    if (known !== undefined) return true;
    for (const form of forms) this.#index.add(form);
    this.#characters += lengthOf(forms);
    while (this.#forms.size > ISSUED_KEPT || (this.#characters > ISSUED_CHARACTERS && this.#forms.size > 1)) {
      this.#forgetOldest();
    }
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#forms;
    if (oldest === undefined) return;
    const [secret, forms] = oldest;
    this.#forms.delete(secret);
    this.#characters -= lengthOf(forms);
    for (const form of forms) this.#index.delete(form);
  }
}

function lengthOf(forms: readonly SecretForm[]): number {
  return forms.reduce((sum, { text }) => sum + text.length, 0);
}

/** Where known secrets stand, in each reading of the text. */
function* knownIn(text: string, index: SecretIndex): Generator<Span> {
  for (const view of viewsOf(text)) {
    for (const hit of index.hitsIn(view.text, (each) => isSecret(text, view, each))) {
      yield spanOf(text, view, hit);
    }
  }
}

/** A beginning alone counts where it was cut, a short secret as a word of its own: no letter or digit goes on. */
function isSecret(text: string, view: SecretView, { at, length, whole }: Hit): boolean {
  if (whole && length >= MIN_SECRET_LENGTH) return true;
  const isCutOff = !/[a-z\d]/i.test(text.charAt(view.end(at + length - 1)));
  return whole ? isCutOff && !/[a-z\d]/i.test(text.charAt(view.start(at) - 1)) : isCutOff;
}

/** The part of the text, and the whole of an escape that it begins or ends in: JSON stays JSON. */
function spanOf(text: string, view: SecretView, { at, length }: Pick<Hit, 'at' | 'length'>): Span {
  const start = view.start(at);
  const end = view.end(at + length - 1);
  return [start - (backslashesBefore(text, start) % 2), end + (backslashesBefore(text, end) % 2)];
}

function backslashesBefore(text: string, end: number): number {
  let count = 0;
  while (text.charAt(end - count - 1) === '\\') count++;
  return count;
}

/** What the end of the text has left of a secret. */
function* cutAtEnd(text: string, index: SecretIndex): Generator<Span> {
  for (const view of viewsOf(withoutCutEscape(text))) {
    const at = index.cutAtEndOf(view.text);
    if (at >= 0) yield [view.start(at), text.length];
  }
}

function masked(text: string, spans: Span[]): string {
  if (spans.length === 0) return text;
  spans.sort(([a], [b]) => a - b);
  let result = '';
  let copied = 0;
  for (const [start, end] of spans) {
    // Those that follow each other are two; those that overlap were one secret.
    if (start >= copied) result += text.slice(copied, start) + REDACTED;
    copied = Math.max(copied, end);
  }
  return result + text.slice(copied);
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
    // An API token, as tk-us-…
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

function* suspiciousIn(text: string): Generator<Span> {
  if (!WORTH_A_LOOK.test(text)) return;
  for (const { 0: match, index } of text.matchAll(PATTERNS)) yield [index, index + match.length];
}
