import type { Redaction } from '../ports/redaction.ts';
import { secretsOfLink } from './link-secrets.ts';
import { MASKS } from './mask-text.ts';
import { formsOf } from './secret-forms.ts';
import { type Hit, type SecretForm, SecretIndex } from './secret-index.ts';
import { shapesInJson } from './secret-shapes.ts';
import { type SecretView, viewsOf, withoutCutEscape } from './secret-view.ts';
import { replaceSpans, type Span } from './spans.ts';

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
  /**
   * Knows a token or link that a service has issued; of these only the newest 2,048 are kept.
   * @returns false where it is too short to be looked for
   */
  learn(secret: string): boolean;
  /**
   * The text with every known secret, and whatever looks like one, replaced by `[redacted]`. Give it whole
   * lines: of a secret cut in two only a long beginning is found. JSON stays JSON.
   */
  scrub(text: string): string;
}

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
    learn: (secret) => issued.add(secret.trim()),
    learnLink(url, open) {
      for (const secret of secretsOfLink(url, open)) issued.add(secret.trim());
    },
    scrub: (text) => replaceSpans(text, [...knownIn(text, index), ...shapesInJson(text)], MASKS.log),
    redact: (text, isCut = false) =>
      replaceSpans(text, [...knownIn(text, index), ...(isCut ? cutAtEnd(text, index) : [])], MASKS.log),
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
