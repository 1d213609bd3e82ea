import { maskRefused } from '../../redaction/mask-text.ts';

const LONGEST_SHOWN = 100;

/** A refused value for a message: quoted, on one line, masked, and cut when it is long. */
export function showValue(value: unknown, secrets: readonly string[]): string {
  if (typeof value === 'string') return quote(maskRefused(value, secrets));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return 'the value';
}

/** A key as written, which may hold anything: bare where it is a word, else like a value. */
export function showKey(key: string, secrets: readonly string[]): string {
  const masked = maskRefused(key, secrets);
  return /^[\w.*[\]-]{1,100}$/.test(masked) ? masked : quote(masked);
}

function quote(text: string): string {
  const shown = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  // JSON leaves DEL, C1, the line separators and the direction marks as they are.
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
