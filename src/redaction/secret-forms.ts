import type { SecretForm } from './secret-index.ts';
import { readingsOf } from './secret-view.ts';

/** Fewer characters of a secret than this may be the beginning of a word. */
const MIN_CUT = 8;
const MAX_CUT = 16;

/**
 * Every way in which a known secret may stand in a reading of a text (`secret-view.ts`, which undoes what is escaped,
 * percent-encoded, wrapped or in another case): as it is, inside base64, and in hexadecimal.
 * @param minLength characters; a shorter form is left out
 */
export function formsOf(secret: string, minLength: number): SecretForm[] {
  const forms = new Map<string, SecretForm>();
  for (const plain of [secret, ...urlParts(secret)]) {
    // The beginning of a URL is a host and a path, which may be named.
    const isUrl = plain.startsWith('/') || readingsOf(plain).some((text) => text.includes('://'));
    const bytes = Buffer.from(plain, 'utf8');
    for (const text of [plain, spacesAsForm(plain), ...base64Cores(bytes), bytes.toString('hex')]) {
      for (const reading of readingsOf(text)) {
        if (reading.length < minLength) continue;
        const shortest = isUrl ? reading.length : shortestCut(reading.length);
        forms.set(reading, { text: reading, shortest });
      }
    }
  }
  return [...forms.values()];
}

/** Half of it, but no fewer than 8 characters and no more than 16. */
function shortestCut(length: number): number {
  return Math.min(length, Math.max(MIN_CUT, Math.min(MAX_CUT, Math.ceil(length / 2))));
}

/** Shorter than this a path is no secret but a word like `/webhooks`. */
const MIN_PATH_LENGTH = 16;

/** A secret URL (a ping, a webhook) is known by its path as well: clients and errors print host and path apart. */
function urlParts(secret: string): string[] {
  if (!/^https?:\/\//i.test(secret) || !URL.canParse(secret)) return [];
  const { href, pathname, search, password } = new URL(secret);
  const path = pathname + search;
  return [href, password, ...(path.length < MIN_PATH_LENGTH ? [] : [path])];
}

/** As a form writes it (https://url.spec.whatwg.org/#concept-urlencoded-serializer), where that is another reading. */
function spacesAsForm(text: string): string {
  return text.replaceAll(' ', '+');
}

/**
 * The part of the base64 text that depends on the secret alone, for each of the three ways in which it can
 * fall into groups of three bytes: so it is found in `user:secret` whatever the user (RFC 7617), and in
 * longer texts. Up to 6 bits at either end depend on the neighbours and are left out.
 */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const begin = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(begin, end);
  });
}
