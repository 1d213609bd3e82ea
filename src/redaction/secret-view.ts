/**
 * One reading of a text: decoded a number of times, in lower case, without what cannot be seen, and with the letters
 * of base64url as those of base64. Each of its characters knows which part of the text it stands for.
 */
export interface SecretView {
  readonly text: string;
  /** Where the part of the source begins that the character at `at` stands for. */
  start(at: number): number;
  /** Where it ends, exclusive. */
  end(at: number): number;
}

/** A text that is encoded more often than this is not looked into. A line of the log has two of them itself. */
const MOST_DECODINGS = 5;

/** What stands between the characters of a word without being seen: a wrapped line, a colour, a zero-width space. */
const UNSEEN = /(?:\p{Cc}\[[\d;?]*[a-z]|[\s\p{C}\p{Z}\p{Default_Ignorable_Code_Point}])+/giu;

/** An escape of JSON or JavaScript, of a URL (ASCII, or UTF-8 of several bytes), or of HTML. */
const ESCAPE =
  /\\u[\da-f]{4}|\\x[\da-f]{2}|\\[\s\S]|%[c-f][\da-f](?:%[89ab][\da-f]){1,3}|%[0-7][\da-f]|&#\d{1,7};?|&#x[\da-f]{1,6};?|&[a-z]{2,6};/gi;
/** An escape, written once or more often, that the end of a text has cut. */
const CUT_ESCAPE =
  /(?:%(?:25)*[\da-f]?|\\+(?:u[\da-f]{0,3}|x[\da-f]?)?|&(?:#x?[\da-f]{0,6}|[a-z]{0,6})|\p{Cc}\[[\d;?]*)$/iu;

/** https://html.spec.whatwg.org/multipage/named-characters.html: what stands in tokens and URLs. */
const ENTITIES: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", plus: '+', sol: '/', equals: '=', lowbar: '_' },
  ...{ period: '.', colon: ':', hyphen: '-', dash: '-', percnt: '%', num: '#', quest: '?', commat: '@' },
  ...{ nbsp: ' ', shy: '\u00ad', bsol: '\\', excl: '!', dollar: '$', ast: '*', lpar: '(', rpar: ')' },
};

/** The readings of a text: as it is, decoded once, twice, until nothing is encoded any more. */
export function* viewsOf(source: string): Generator<SecretView> {
  let view = Reading.of(source);
  yield view;
  for (let decoded = 0; decoded < MOST_DECODINGS; decoded++) {
    const next = view.decoded();
    if (next === undefined) return;
    yield next;
    view = next;
  }
}

/** The readings alone, without where they come from. */
export function readingsOf(source: string): string[] {
  return [...viewsOf(source)].map(({ text }) => text);
}

/** A text without the escape that its end has cut. */
export function withoutCutEscape(text: string): string {
  return text.replace(CUT_ESCAPE, '');
}

/** Collects the characters of a reading with their places. */
class Reading implements SecretView {
  readonly text: string;
  /** `undefined`: every character stands for itself. */
  readonly #places: { readonly starts: Uint32Array; readonly ends: Uint32Array } | undefined;

  private constructor(text: string, places?: { starts: Uint32Array; ends: Uint32Array }) {
    this.text = text;
    this.#places = places;
  }

  static of(source: string): Reading {
    return new Reading(source).#folded();
  }

  start(at: number): number {
    return this.#places?.starts[at] ?? at;
  }

  end(at: number): number {
    return this.#places?.ends[at] ?? at + 1;
  }

  /** Each escape replaced by what it means; `undefined` where there is none. */
  decoded(): Reading | undefined {
    const replaced = this.#replaced(ESCAPE, meaningOf);
    return replaced === undefined ? undefined : replaced.#folded();
  }

  #folded(): Reading {
    const seen = this.#replaced(UNSEEN, () => '') ?? this;
    const text = lowerCase(seen.text).replaceAll('-', '+').replaceAll('_', '/');
    return new Reading(text, seen.#places);
  }

  #replaced(pattern: RegExp, meaning: (match: string) => string): Reading | undefined {
    const { text } = this;
    let result = '';
    let from = 0;
    // An escape is never shorter than what it means.
    const starts = new Uint32Array(text.length);
    const ends = new Uint32Array(text.length);
    const keep = (to: number) => {
      for (let at = from, into = result.length; at < to; at++, into++) {
        starts[into] = this.start(at);
        ends[into] = this.end(at);
      }
      result += text.slice(from, to);
    };
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const means = meaning(match);
      if (means === match) continue;
      keep(index);
      from = index + match.length;
      starts.fill(this.start(index), result.length, result.length + means.length);
      ends.fill(this.end(from - 1), result.length, result.length + means.length);
      result += means;
    }
    if (from === 0) return undefined;
    keep(text.length);
    return new Reading(result, { starts, ends });
  }
}

function meaningOf(written: string): string {
  if (written.startsWith('%')) return fromPercent(written);
  if (written.startsWith('&#'))
    return fromCode(written.replace(/^&#x/i, '0x').replace(/^&#|;$/g, ''), written);
  if (written.startsWith('&')) return ENTITIES[written.slice(1, -1)] ?? written;
  if (/^\\[ux]./i.test(written)) return fromCode(`0x${written.slice(2)}`, written);
  return /^\\[nrtbf]$/.test(written) ? ' ' : written.slice(1);
}

function fromPercent(written: string): string {
  try {
    return decodeURIComponent(written);
  } catch {
    // No UTF-8: nothing that a secret was written as.
    return written;
  }
}

function fromCode(number: string, otherwise: string): string {
  const code = Number(number.replace(/;$/, ''));
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}

/** ASCII only: other letters may become more than one. */
function lowerCase(text: string): string {
  return /^[\0-\x7f]*$/.test(text)
    ? text.toLowerCase()
    : text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
