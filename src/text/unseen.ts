/** Controls (C0 and C1), what steers the direction or cannot be seen, and the separators of lines and paragraphs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * A control sequence, such as a colour (ECMA-48 §5.4). It goes whole: without its first character, the rest would
 * stand between the letters of a secret, and no scrubber would know the secret again.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_SEQUENCE = /(?:\u001b\[|\u009b(?=\d))[0-?]*[ -/]*[@-~]/g;

/** A foreign text as one line, each run of what a terminal would obey and not show as one space. */
export function oneLine(text: string): string {
  return text.replace(CONTROL_SEQUENCE, ' ').replace(UNSEEN, ' ').replace(/\s+/g, ' ').trim();
}

/**
 * Text of our own that may quote a foreign one, so that a terminal shows it as it is: C1 controls, U+202E, U+2028 and
 * their like become `\u202e`, which in JSON means the same. C0 controls stay: JSON has escaped those of others, and
 * line ends and colours are ours.
 */
export function escapeUnseen(text: string): string {
  return text.replace(UNSEEN, (letter) => (letter < ' ' ? letter : escaped(letter)));
}

function escaped(letter: string): string {
  // JSON knows UTF-16 only (RFC 8259 §7).
  return Array.from({ length: letter.length }, (_, at) => unit(letter.charCodeAt(at))).join('');
}

function unit(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
