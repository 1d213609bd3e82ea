/**
 * A foreign text of at most `length` characters, `…` at its end where it was longer. It is cut between two
 * words and never in one: half a secret is known to no scrubber.
 */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, length - 1);
  const isBetweenWords = /\s/.test(text.charAt(length - 1));
  return `${isBetweenWords ? kept : kept.replace(/\S+$/, '')}…`;
}
