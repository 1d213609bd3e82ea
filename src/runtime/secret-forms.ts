/**
 * Every way in which a known secret may stand in a text: as it is, escaped in JSON (once, and twice where a
 * JSON body is quoted in a JSON line), percent-encoded, and inside base64.
 */
export function formsOf(secret: string, minLength: number): string[] {
  const forms = new Set<string>();
  for (const plain of [secret, ...urlParts(secret)]) {
    forms.add(plain);
    forms.add(inJson(plain));
    forms.add(inJson(inJson(plain)));
    for (const encoded of percentEncoded(plain)) {
      forms.add(encoded);
      forms.add(encoded.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()));
    }
    for (const core of base64Cores(plain)) {
      forms.add(core);
      forms.add(core.replaceAll('+', '-').replaceAll('/', '_'));
    }
  }
  return [...forms].filter((form) => form.length >= minLength);
}

/** Shorter than this a path is no secret but a word like `/webhooks`. */
const MIN_PATH_LENGTH = 16;

/** A secret URL (a ping, a webhook) is told by its path as well: clients and errors print host and path apart. */
function urlParts(secret: string): string[] {
  if (!/^https?:\/\//i.test(secret) || !URL.canParse(secret)) return [];
  const { href, pathname, search, password } = new URL(secret);
  const path = pathname + search;
  return [href, decodeURIComponentSafely(password), ...(path.length < MIN_PATH_LENGTH ? [] : [path])];
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function percentEncoded(text: string): string[] {
  try {
    const component = encodeURIComponent(text);
    // RFC 3986 reserves these five too: the AWS SDK encodes them, `encodeURIComponent` does not.
    const strict = component.replaceAll(
      /[!'()*]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );
    const form = new URLSearchParams([['', text]]).toString().slice(1);
    return [component, strict, encodeURI(text), form];
  } catch {
    // A lone surrogate has no UTF-8 form.
    return [];
  }
}

/**
 * The part of the base64 text that depends on the secret alone, for each of the three ways in which it can
 * fall into groups of three bytes: so it is found in `user:secret` whatever the user (RFC 7617), and in
 * longer texts. Up to 6 bits at either end depend on the neighbours and are left out.
 */
function base64Cores(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const begin = Math.ceil((offset * 8) / 6);
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return encoded.slice(begin, end);
  });
}
