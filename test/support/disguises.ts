import type { Random } from '../../src/ports/clock.ts';

/** Ways in which a service, a proxy or a library may write a secret that it repeats. */
export const DISGUISES: Readonly<Record<string, (secret: string, random: Random) => string>> = {
  bare: (secret) => secret,
  'in double quotes': (secret) => `"${secret}"`,
  'in single quotes': (secret) => `'${secret}'`,
  'escaped in JSON': (secret, random) => some(secret, random, (letter) => `\\u${hex(letter, 4)}`),
  'with its slashes escaped': (secret) => secret.replaceAll('/', '\\/').replaceAll('-', '\\u002D'),
  'in JSON within JSON': (secret) => JSON.stringify(JSON.stringify(`"${secret}\\`)),
  'percent-encoded': (secret) => all(secret, (letter) => `%${hex(letter, 2).toUpperCase()}`),
  'percent-encoded in part': (secret, random) => some(secret, random, (letter) => `%${hex(letter, 2)}`),
  'percent-encoded twice': (secret) => all(secret, (letter) => `%25${hex(letter, 2)}`),
  'in base64': (secret) => Buffer.from(secret).toString('base64'),
  'in base64 behind a user': (secret) => Buffer.from(`me:${secret}`).toString('base64'),
  'in base64url': (secret) => Buffer.from(`k=${secret}`).toString('base64url'),
  'in base64 of 24 columns': (secret) =>
    Buffer.from(`user:${secret}`).toString('base64').replace(/.{24}/g, '$&\r\n'),
  'in hexadecimal': (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  'in HTML entities': (secret, random) =>
    some(secret, random, (letter) => (letter < 'a' ? `&#${letter.charCodeAt(0)};` : `&#x${hex(letter, 2)};`)),
  'in capitals': (secret) => secret.toUpperCase(),
  'in small letters': (secret) => secret.toLowerCase(),
  'with zero-width spaces': (secret, random) => some(secret, random, (letter) => `${letter}\u200b`),
  'with control characters': (secret, random) => some(secret, random, (letter) => `${letter}\u0000\u001b[1m`),
  'wrapped in lines': (secret) => secret.replace(/.{7}/g, '$&\n  '),
  'cut by the service': (secret) => `${secret.slice(0, 20)}…`,
};

/** Where a secret shows in a text, whatever it looks like there: this looks by other means than the program does. */
export function leaksIn(text: string, secrets: readonly string[]): string[] {
  const bare = new Set<string>();
  let level = text;
  for (let decoded = 0; decoded < 5; decoded++) {
    bare.add(
      level
        .toLowerCase()
        .replace(/\[1m/g, '')
        .replace(/[^a-z\d]/g, ''),
    );
    level = level
      .replace(/\\u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/%([0-7][\da-f])/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/&#x([\da-f]+);/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
      .replace(/\\[nr]/g, '')
      .replace(/\\(.)/g, '$1');
  }
  const dense = text
    .replace(/\\[nr]|\s/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  return secrets.filter((secret) => {
    const beginning = secret
      .toLowerCase()
      .replace(/[^a-z\d]/g, '')
      .slice(0, 12);
    const inHex = Buffer.from(secret.slice(0, 12)).toString('hex');
    const inBase64 = [0, 1, 2].map((offset) =>
      Buffer.from(' '.repeat(offset) + secret.slice(0, 15))
        .toString('base64')
        .slice(offset === 0 ? 0 : offset + 1, -4),
    );
    return (
      [...bare].some((reading) => reading.includes(beginning) || reading.includes(inHex)) ||
      inBase64.some((core) => dense.includes(core.replaceAll('-', '+').replaceAll('_', '/')))
    );
  });
}

function all(text: string, change: (letter: string) => string): string {
  return text.replace(/./g, change);
}

function some(text: string, random: Random, change: (letter: string) => string): string {
  return text.replace(/./g, (letter, at: number) => (at === 5 || random() < 0.4 ? change(letter) : letter));
}

function hex(letter: string, digits: number): string {
  return letter.charCodeAt(0).toString(16).padStart(digits, '0');
}
