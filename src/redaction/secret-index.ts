/** Characters that are looked at to tell whether a secret may begin here. */
const HEAD = 4;

/** A way in which a secret may stand in a reading of a text. */
export interface SecretForm {
  readonly text: string;
  /** So many characters of it are a secret as well, where nothing of a word follows them: a text was cut there. */
  readonly shortest: number;
}

/** Where a form stands in a reading: all of it, or enough of its first characters. */
export interface Hit {
  readonly at: number;
  readonly length: number;
  readonly whole: boolean;
}

/**
 * Finds many strings in a line at once. A line costs the same whatever the number of strings, and one can be
 * added at any time: a combined expression would be compiled anew for each token that is issued, and grows
 * slower with every one.
 */
export class SecretIndex {
  /** The longest form first, so that a secret which begins with another is replaced whole. */
  readonly #byHead = new Map<number, SecretForm[]>();
  /** One bit of knowledge per hash of two characters: nearly every position of a line ends here. */
  readonly #maybe = new Uint32Array(2 ** 16);

  add(form: SecretForm): void {
    const head = headAt(form.text, 0);
    const forms = this.#byHead.get(head) ?? [];
    // The same form twice is kept twice: two secrets may share one, and either may be forgotten first.
    const at = forms.findIndex(({ text }) => text.length <= form.text.length);
    forms.splice(at < 0 ? forms.length : at, 0, form);
    this.#byHead.set(head, forms);
    this.#count(form, 1);
  }

  delete(form: SecretForm): void {
    const head = headAt(form.text, 0);
    const forms = this.#byHead.get(head);
    const at = forms?.findIndex(({ text }) => text === form.text) ?? -1;
    if (forms === undefined || at < 0) return;
    forms.splice(at, 1);
    if (forms.length === 0) this.#byHead.delete(head);
    this.#count(form, -1);
  }

  /** Every form in `text`. @param accepts has the last word, with the forms' own: another place may be better */
  *hitsIn(text: string, accepts: (hit: Hit) => boolean): Generator<Hit> {
    for (let at = 0; at + HEAD <= text.length; ) {
      const hit = this.#hitAt(text, at);
      if (hit === undefined || !accepts(hit)) {
        at += 1;
        continue;
      }
      yield hit;
      at += hit.length;
    }
  }

  /** Where the end of `text` has cut a form: the beginning of it, or -1. */
  cutAtEndOf(text: string): number {
    for (let at = 0; at + HEAD <= text.length; at++) {
      if (this.#formsAt(text, at)?.some((form) => form.text.startsWith(text.slice(at))) === true) return at;
    }
    return -1;
  }

  #hitAt(text: string, at: number): Hit | undefined {
    const forms = this.#formsAt(text, at);
    if (forms === undefined) return undefined;
    const whole = forms.find((form) => text.startsWith(form.text, at));
    if (whole !== undefined) return { at, length: whole.text.length, whole: true };
    let length = 0;
    for (const form of forms) {
      if (!text.startsWith(form.text.slice(0, form.shortest), at)) continue;
      length = Math.max(length, sharedLength(form.text, text, at, form.shortest));
    }
    return length === 0 ? undefined : { at, length, whole: false };
  }

  #formsAt(text: string, at: number): readonly SecretForm[] | undefined {
    return this.#maybe[pairAt(text, at)] === 0 ? undefined : this.#byHead.get(headAt(text, at));
  }

  #count({ text }: SecretForm, change: number): void {
    const pair = pairAt(text, 0);
    this.#maybe[pair] = (this.#maybe[pair] ?? 0) + change;
  }
}

/** How many characters of `form` stand at `at`, of which so many are known to. */
function sharedLength(form: string, text: string, at: number, known: number): number {
  let length = known;
  while (length < form.length && form.charCodeAt(length) === text.charCodeAt(at + length)) length++;
  return length;
}

function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff;
}

function headAt(text: string, at: number): number {
  return (pairAt(text, at) << 16) ^ pairAt(text, at + 2);
}
