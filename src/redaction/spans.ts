/** A part of a text, its end exclusive. */
export type Span = readonly [start: number, end: number];

/** The text with each span replaced; spans that overlap were one secret. @param mask what stands in a secret's place */
export function replaceSpans(
  text: string,
  spans: readonly Span[],
  mask: string | ((secret: string) => string),
): string {
  let result = '';
  let copied = 0;
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    // Those that follow each other are two.
    if (start >= copied) {
      result += text.slice(copied, start) + (typeof mask === 'string' ? mask : mask(text.slice(start, end)));
    }
    copied = Math.max(copied, end);
  }
  return result + text.slice(copied);
}

/** Where one of `secrets` stands, as it is written. @param shortest characters: a shorter one is left */
export function placesOf(text: string, secrets: Iterable<string>, shortest: number): Span[] {
  const places: Span[] = [];
  for (const secret of secrets) {
    if (secret.length < shortest) continue;
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + secret.length)) {
      places.push([at, at + secret.length]);
    }
  }
  return places;
}
