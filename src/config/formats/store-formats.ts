import { normalizePrefix } from '../../model/archive-key.ts';
import { holdsSecret } from '../../redaction/mask-text.ts';
import { parseByteSize } from '../../text/byte-size.ts';
import {
  asSecretText,
  asText,
  describeRefusal,
  type Format,
  type Limits,
  patterned,
  type Reading,
  refused,
} from './reading.ts';
import { exactSize } from './units.ts';

/** Bytes. */
export const size: Format<number> = {
  allowed: ({ min, max }) => `a size from ${min} to ${max}, such as 64MiB`,
  read(raw, limits) {
    const text = String(raw);
    const bytes = parseByteSize(text);
    if (bytes === undefined) return refused(describeRefusal(text), unitHint(text));
    const unit = /^\d+$/.test(text) ? `without a unit these are bytes; did you mean ${text}MiB?` : undefined;
    if (bytes < bound(limits.min)) return refused(`is less than ${limits.min}`, unit);
    if (bytes > bound(limits.max)) return refused(`is more than ${limits.max}`);
    return { value: bytes };
  },
  write: exactSize,
};

function bound(text: Limits['min']): number {
  return parseByteSize(String(text)) ?? Number.NaN;
}

function unitHint(text: string): string | undefined {
  const match = /^(\d+)\s*([kmgt])(?:i?b)?$/i.exec(text.trim());
  return match === null ? undefined : `write ${match[1]}${match[2]?.toUpperCase()}iB`;
}

/**
 * What both AWS and the stores with laxer rules take; AWS's own rules are checked where it is known that
 * the store is AWS.
 */
export const bucket = patterned(
  'the name of a bucket: 3 to 63 lower-case letters, digits, "-" and "."',
  /^[A-Za-z0-9][A-Za-z0-9._-]{2,62}$/,
  (text) =>
    text.includes('/') ? 'only the name: no s3://, no URL, no folder (that is s3.prefix)' : undefined,
);

export const storageClass = patterned(
  'the name of a storage class in capitals, such as STANDARD_IA',
  /^[A-Z][A-Z0-9_-]{0,63}$/,
  (text) => (/^[a-z][a-z0-9_-]*$/i.test(text) ? `write ${text.toUpperCase()}` : undefined),
);

export const prefix: Format<string> = {
  allowed: () => 'a folder such as "backups/" or "team/prod/", at most 512 bytes',
  read(raw) {
    const text = asText(raw);
    if ('why' in text) return text;
    const normal = normalizePrefix(text.text);
    const why = prefixComplaint(text.text, normal);
    return why === undefined ? { value: normal } : refused(why);
  },
};

function prefixComplaint(text: string, normal: string): string | undefined {
  if ([...text].some((char) => char < ' ' || char === '\x7f')) return 'has a control character';
  if (text !== text.trim()) return 'has white space around it';
  if (text.includes('://')) return 'is a URL, not a folder in the bucket';
  const segments = normal.split('/').slice(0, -1);
  if (segments.includes('')) return 'has an empty segment ("//")';
  if (segments.some((segment) => segment === '.' || segment === '..')) return 'has a segment "." or ".."';
  // `<prefix>.locks/` holds the leases of runs that work one folder higher.
  if (segments.includes('.locks')) return 'has a segment ".locks", where the leases lie';
  if (Buffer.byteLength(normal) > 512) return 'is too long';
  return undefined;
}

/** An http(s) URL that others are built on: no credentials, query or fragment; no slash at its end. */
export const url: Format<string> = {
  allowed: () => 'an http:// or https:// URL without user, password and query',
  read(raw) {
    const text = asSecretText(raw);
    return 'why' in text ? text : readUrl(text.text);
  },
};

/** The Database API's own page writes `https://$DB_API_URL/…`: a bare host there. */
export const urlOrHost: Format<string> = {
  allowed: () => 'a host, or an http:// or https:// URL without user, password and query',
  read(raw) {
    const text = asSecretText(raw);
    if ('why' in text) return text;
    return readUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text.text) ? text.text : `https://${text.text}`);
  },
};

function readUrl(text: string): Reading<string> {
  if (text === '' || /\s/.test(text)) return refused(describeRefusal(text));
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || !/^https?:\/\//i.test(text)) {
    const bare = /^[a-z0-9.-]+(:\d+)?(\/|$)/i.test(text);
    return refused('is not an http:// or https:// URL', bare ? `write https:// before it` : undefined);
  }
  if (parsed.username !== '' || parsed.password !== '') return refused('holds a user or a password');
  if (text.includes('?') || text.includes('#')) return refused('has a query or a fragment');
  if (holdsSecret(text)) return refused('holds what looks like a secret');
  const path = parsed.pathname.replace(/\/+$/, '');
  const added = /\/(v1|api|api\/databases)$/.exec(path);
  if (added !== null) return refused(`ends in ${added[0]}`, 'leave that out: it is added where it is needed');
  return { value: parsed.origin + path };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const MOST_TAGS = 10;

export const tags: Format<Readonly<Record<string, string>>> = {
  allowed: () =>
    `at most ${MOST_TAGS} tags (key 1 to 128 characters, value up to 256), such as team=data,env=prod`,
  read(raw) {
    const pairs = typeof raw === 'string' ? pairsOf(raw) : Array.isArray(raw) ? raw : undefined;
    if (pairs === undefined) return refused('is neither a map nor pairs such as team=data,env=prod');
    if (pairs.length > MOST_TAGS) return refused(`has ${pairs.length} tags`);
    const result = new Map<string, string>();
    for (const [key, value] of pairs as [unknown, unknown][]) {
      const why = tagComplaint(key, value) ?? (result.has(String(key)) ? 'names a tag twice' : undefined);
      if (why !== undefined) return refused(why);
      result.set(String(key), String(value));
    }
    return { value: Object.fromEntries(result) };
  },
};

function pairsOf(text: string): [string, string][] | undefined {
  if (text.trim() === '') return [];
  const pairs = text.split(',').map((pair) => {
    const cut = pair.indexOf('=');
    return cut < 0
      ? undefined
      : ([pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()] as [string, string]);
  });
  return pairs.includes(undefined) ? undefined : pairs.filter((pair) => pair !== undefined);
}

function tagComplaint(key: unknown, value: unknown): string | undefined {
  if (typeof key !== 'string' || typeof value !== 'string')
    return 'has a tag that is not text: put it in quotes';
  if (key === '') return 'has a tag without a key';
  if ([...key].length > 128) return 'has a tag whose key is longer than 128 characters';
  if ([...value].length > 256) return 'has a tag whose value is longer than 256 characters';
  if (holdsSecret(key) || holdsSecret(value)) return 'has a tag that looks like a secret';
  if (/^aws:/i.test(key)) return 'has a tag that begins with "aws:", which AWS keeps for itself';
  if (!TAG_TEXT.test(key) || !TAG_TEXT.test(value)) {
    return 'has a tag with a character other than letters, digits, spaces and + - = . _ : / @';
  }
  return undefined;
}
