/** What is printed in a secret's place. It is no valid secret itself, so it can't be read back by mistake. */
export const MASK = '***';

type Shapes = readonly (readonly [RegExp, string])[];

/** What is a secret wherever it stands. */
const CERTAIN: Shapes = [
  [/-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*/g, MASK],
  // Scalingo API tokens.
  [/\btk-[a-z]+-[^\s"',;&]+/gi, `tk-us-${MASK}`],
  // JWTs: base64url of `{"`.
  [/\beyJ[\w-]{4,}(?:\.[\w-]*){1,2}/g, MASK],
  // Access key ids of AWS and Scaleway.
  [/\b(?:AKIA|ASIA|SCW)[A-Z0-9]{12,}/g, MASK],
  [/\/\/[^/\s@]*@/g, `//${MASK}@`],
];

/** What may be one: a value that is refused may as well be a key in the wrong place. */
const LIKELY: Shapes = [
  [/\beyJ[\w-]{4,}/g, MASK],
  // A bare UUID is a Scaleway secret key; with `ad-` before it, it is an addon id.
  [/(?<!ad-)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, MASK],
  [/\?[^\s#"]+/g, `?${MASK}`],
  // AWS secret keys are 40 characters of base64; other long runs count without `/`, which paths have too.
  [/(?<![\w+/=.-])(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])[A-Za-z0-9+/]{40}(?![\w+/=.-])/g, MASK],
  [/(?=[a-z0-9+=]*[A-Z])(?=[A-Z0-9+=]*[a-z])(?=[A-Za-z+=]*\d)[A-Za-z0-9+=]{32,}/g, MASK],
];

/** Shorter ones (a sandbox's `any`) would riddle every text with masks. */
const SHORTEST_REPLACED = 8;

/** `text` without any of the secrets that are known. */
export function maskKnown(text: string, secrets: readonly string[]): string {
  if (secrets.includes(text)) return MASK;
  let masked = text;
  for (const secret of [...secrets].sort((a, b) => b.length - a.length)) {
    if (secret.length >= SHORTEST_REPLACED) masked = masked.replaceAll(secret, MASK);
  }
  return masked;
}

/** `text` without the secrets that are known and what is certainly one: for values in use. */
export function maskCertain(text: string, secrets: readonly string[]): string {
  return maskShapes(maskKnown(text, secrets), CERTAIN);
}

/** The same without what has the shape of a secret: for values that are refused. Hides too much if in doubt. */
export function maskText(text: string, secrets: readonly string[]): string {
  return maskShapes(maskCertain(text, secrets), LIKELY);
}

/** Whether a text holds what is certainly a secret, by its shape alone. */
export function holdsSecret(text: string): boolean {
  return maskCertain(text, []) !== text;
}

function maskShapes(text: string, shapes: Shapes): string {
  return shapes.reduce((masked, [shape, replacement]) => masked.replace(shape, replacement), text);
}

const LONGEST_SHOWN = 100;

/** A refused value for a message: quoted, on one line, masked, and cut when it is long. */
export function showValue(value: unknown, secrets: readonly string[]): string {
  if (typeof value === 'string') return quote(maskText(value, secrets));
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  return 'the value';
}

/** A key as written, which may hold anything: bare where it is a word, else like a value. */
export function showKey(key: string, secrets: readonly string[]): string {
  const masked = maskText(key, secrets);
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
