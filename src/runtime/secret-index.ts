/** Characters that are looked at to tell whether a secret may begin here. */
const HEAD = 4;

/**
 * Finds many strings in a line at once. A line costs the same whatever the number of strings, and one can be
 * added at any time: a combined expression would be compiled anew for each token that is issued, and grows
 * slower with every one.
 */
export class SecretIndex {
  /** The longest form first, so that a secret which begins with another is replaced whole. */
  readonly #byHead = new Map<number, string[]>();
  /** One bit of knowledge per hash of two characters: nearly every position of a line ends here. */
  readonly #maybe = new Uint32Array(2 ** 16);

  add(form: string): void {
    const head = headAt(form, 0);
    const forms = this.#byHead.get(head) ?? [];
    // The same form twice is kept twice: two secrets may share one, and either may be forgotten first.
    const at = forms.findIndex((other) => other.length <= form.length);
    forms.splice(at < 0 ? forms.length : at, 0, form);
    this.#byHead.set(head, forms);
    this.#count(form, 1);
  }

  delete(form: string): void {
    const head = headAt(form, 0);
    const forms = this.#byHead.get(head);
    const at = forms?.indexOf(form) ?? -1;
    if (forms === undefined || at < 0) return;
    forms.splice(at, 1);
    if (forms.length === 0) this.#byHead.delete(head);
    this.#count(form, -1);
  }

  replace(text: string, replacement: string): string {
    let result = '';
    let copied = 0;
    for (let at = 0; at + HEAD <= text.length; ) {
      const form = this.#formAt(text, at);
      if (form === undefined) {
        at += 1;
        continue;
      }
      result += text.slice(copied, at) + replacement;
      at += form.length;
      copied = at;
    }
    return copied === 0 ? text : result + text.slice(copied);
  }

  #formAt(text: string, at: number): string | undefined {
    if (this.#maybe[pairAt(text, at)] === 0) return undefined;
    return this.#byHead.get(headAt(text, at))?.find((form) => text.startsWith(form, at));
  }

  #count(form: string, change: number): void {
    const pair = pairAt(form, 0);
    this.#maybe[pair] = (this.#maybe[pair] ?? 0) + change;
  }
}

function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff;
}

function headAt(text: string, at: number): number {
  return (pairAt(text, at) << 16) ^ pairAt(text, at + 2);
}
