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

/** An HTTP proxy, as `scheme://user:password@host:port`; a bare host means http. The login is the secret of it. */
export const proxyUrl: Format<string> = {
  allowed: () => 'http://host:port or https://host:port, a user and a password before the host at will',
  read(raw) {
    const text = asSecretText(raw);
    return 'why' in text ? text : readProxyUrl(text.text);
  },
  secretForms: loginForms,
};

function readProxyUrl(text: string): Reading<string> {
  if (text === '' || text.trim() !== text) return refused(describeRefusal(text));
  if (!/^[!-~]+$/.test(text)) return refused('has a space, a line break or a character beyond ASCII');
  if (/^socks/i.test(text)) return refused('is a SOCKS proxy, which this program does not speak to');
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const hint =
    'in a user or a password, "@", ":", "/", "?", "#" and "%" are written as %40, %3A, %2F, %3F, %23 and %25';
  if (url === null || !/^https?:$/.test(url.protocol)) return refused('is no URL of an HTTP proxy', hint);
  if (`${url.pathname}${url.search}${url.hash}` !== '/')
    return refused('has something behind its host and port', hint);
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    return refused('has a "%" in its user or password that begins no escape', hint);
  }
  return { value: url.href };
}

/** A user is a secret where there is no password: some proxies take a token in its place. */
function loginForms(url: string): string[] {
  const { username, password } = new URL(url);
  if (username === '' && password === '') return [];
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const secret = password === '' ? username : password;
  return [
    `${username}:${password}`,
    secret,
    decodeURIComponent(secret),
    Buffer.from(login).toString('base64'),
  ];
}

/** Hosts, addresses and networks, as `NoProxy` reads them: an entry that is none matches nothing. */
export const hostList: Format<string> = {
  allowed: () => 'hosts, domains, addresses and networks, by commas, or "*" for all',
  read: asValue,
};

function asValue(raw: unknown): Reading<string> {
  const text = asText(raw);
  return 'why' in text ? text : { value: text.text };
}
