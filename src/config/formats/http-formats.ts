import { isIP } from 'node:net';
import { asSecretText, asText, describeRefusal, type Format, type Reading, refused } from './reading.ts';

const HOST_NAME =
  /^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** An address of this machine, or a name of one. */
export const host: Format<string> = {
  allowed: () => 'an address or a host name, such as 127.0.0.1, :: or localhost',
  read(raw) {
    const text = asText(raw);
    if ('why' in text) return text;
    const bare = text.text.replace(/^\[(.*)\]$/, '$1');
    if (isIP(bare) !== 0) return { value: bare };
    if (/^[\d.]+$/.test(bare)) return refused('is no address', 'an IPv4 address has four numbers up to 255');
    if (HOST_NAME.test(bare)) return { value: bare };
    return refused(describeRefusal(bare), hostHint(bare));
  },
};

function hostHint(text: string): string | undefined {
  if (text.includes('://')) return 'only the host: no http://';
  return /^[^:]+:\d+$/.test(text) ? 'only the host: the port goes into http.port (HTTP_PORT)' : undefined;
}

/** An http(s) URL that is a credential itself: to know it is to be allowed to use it. */
export const secretUrl: Format<string> = {
  allowed: () => 'an http:// or https:// URL without a fragment',
  read(raw) {
    const text = asSecretText(raw);
    return 'why' in text ? text : readSecretUrl(text.text);
  },
  secretForms,
};

/** What gives a URL its authority is a password, or a long random word: a shorter one may be an ordinary word. */
const SHORTEST_WORD = 16;

/** A secret URL, and what of it is secret by itself: a library's message may name the path alone. */
function secretForms(url: string): string[] {
  const { href, username, password, pathname, searchParams } = new URL(url);
  const words = [...pathname.split('/'), ...searchParams.values()];
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [
    url,
    href,
    ...words.filter((word) => word.length >= SHORTEST_WORD),
    ...(password === ''
      ? []
      : [password, decodeURIComponent(password), Buffer.from(login).toString('base64')]),
  ];
}

function readSecretUrl(text: string): Reading<string> {
  if (/^\*+$/.test(text)) return refused('is a mask, as --print-config prints it, and not the URL');
  if (text === '' || text.trim() !== text) return refused(describeRefusal(text));
  if (!/^[!-~]+$/.test(text)) return refused('has a space, a line break or a character beyond ASCII');
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return refused('is not an http:// or https:// URL');
  return text.includes('#') ? refused('has a fragment') : { value: text };
}
