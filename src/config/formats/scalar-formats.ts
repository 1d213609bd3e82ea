import { resolve } from 'node:path';
import { DATABASE_NAME } from '../../model/archive-key.ts';
import { nearest } from '../rules/nearest.ts';
import { asSecretText, describeRefusal, type Format, type Limits, patterned, refused } from './reading.ts';

const TRUE = ['true', '1', 'yes', 'on'];
const FALSE = ['false', '0', 'no', 'off'];

/** Strict: convict's own Boolean reads every text but `false` as true. */
export const flag: Format<boolean> = {
  allowed: () => 'true or false (also 1/0, yes/no, on/off)',
  read(raw) {
    const text = String(raw).toLowerCase();
    if (TRUE.includes(text)) return { value: true };
    if (FALSE.includes(text)) return { value: false };
    return refused(describeRefusal(text));
  },
};

export const count: Format<number> = {
  allowed: ({ min, max }) => `a whole number from ${min} to ${max}`,
  read(raw, { min, max }) {
    const number = typeof raw === 'string' && /^-?\d+$/.test(raw) ? Number(raw) : raw;
    if (typeof number !== 'number' || !Number.isInteger(number)) return refused('is not a whole number');
    if (number < Number(min)) return refused(`is less than ${min}`);
    if (number > Number(max)) return refused(`is more than ${max}`);
    return { value: number };
  },
};

/** Read as a share, from 0.01 to 1. */
export const percent: Format<number> = {
  allowed: () => 'a whole percentage from 1% to 100%',
  read(raw) {
    const [, digits] = /^(\d{1,3}) ?%$/.exec(String(raw)) ?? [];
    const share = Number(digits);
    return share >= 1 && share <= 100 ? { value: share / 100 } : refused(describeRefusal(String(raw)));
  },
  write: (share) => `${Math.round(share * 100)}%`,
};

export const choice: Format<string> = {
  allowed: (limits) => `one of ${values(limits).join(', ')}`,
  read(raw, limits) {
    const text = String(raw);
    if (values(limits).includes(text)) return { value: text };
    const meant = nearest(text, values(limits));
    return refused(describeRefusal(text), meant === undefined ? undefined : `did you mean ${meant}?`);
  },
};

function values(limits: Limits): readonly string[] {
  return limits.values ?? [];
}

export const region = patterned('the name of a region', /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);

/** One word of printable ASCII: key ids, which the store knows better than we do. */
export const word = patterned('a word without spaces', /^[!-~]{1,2048}$/);

export const databaseName = patterned(
  'lower-case letters, digits, ".", "_" and "-", beginning with a letter or digit, at most 200',
  new RegExp(`(?=^.{1,200}$)${DATABASE_NAME.source}`),
  (text) => {
    const name = text
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '');
    return name === '' || text.length > 200 ? undefined : `"${name}" would do`;
  },
);

export const app = patterned(
  'the name of a Scalingo application: letters, digits and "-"',
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
);

/**
 * `ad-` and a UUID today; the documentation of the Database API shows `my-db-123` and 24 hex digits. So whatever can
 * stand in a path is taken, and the API judges it. What is certainly a secret in the wrong place is not sent.
 */
export const addonId = patterned(
  'the id of the addon: letters, digits, "-", "_" and "."',
  /^(?!tk-[a-z]+-|eyJ)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  () => '`scalingo --app APP addons` shows it; today it looks like ad-11111111-2222-4333-8444-555555555555',
);

/** A path of a file, absolute in effect; that it can be read is checked where the file is read. */
export const path: Format<string> = {
  ...patterned('the path of a file', /^[^\0]*[^\s\0][^\0]*$/),
  effective: (value, cwd) => resolve(cwd, value),
};

/** The list itself; its entries are checked one by one, elsewhere. */
export const list: Format<readonly unknown[]> = {
  allowed: () => 'a list of databases, each beginning with "- name:"',
  read: (raw) => (Array.isArray(raw) ? { value: raw } : refused('is not a list')),
};

/** Any text that can stand in a header: S3 keys and session tokens. */
export const secret = secretFormat('the text of the secret, without spaces');

export const apiToken: Format<string> = {
  ...secretFormat('a Scalingo API token, "tk-us-…"', (text) => {
    if (/^eyJ/.test(text)) return 'it looks like a bearer token: that goes into DB_BEARER_TOKEN';
    return /^tk-[a-z]+-./.test(text) ? undefined : 'create one in the dashboard under "API tokens"';
  }),
  // It travels as the password of HTTP Basic (RFC 7617).
  secretForms: (token) => [token, Buffer.from(`:${token}`).toString('base64')],
};

export const bearerToken = secretFormat('a token of the Database API (a JWT)', (text) =>
  /^tk-/.test(text) ? 'it looks like an API token: that goes into SCALINGO_API_TOKEN' : undefined,
);

/** @param objection what is wrong with a text that could be a secret, as a hint; `undefined`: nothing */
function secretFormat(allowed: string, objection?: (text: string) => string | undefined): Format<string> {
  return {
    allowed: () => allowed,
    read(raw) {
      const text = asSecretText(raw);
      if ('why' in text) return text;
      if (/^\*+$/.test(text.text)) {
        return refused('is a mask, as --print-config prints it, and not the secret');
      }
      if (text.text.trim() !== text.text || text.text === '') return refused(describeRefusal(text.text));
      if (!/^[!-~]+$/.test(text.text))
        return refused('has a space, a line break or a character beyond ASCII');
      const hint = objection?.(text.text);
      return hint === undefined ? { value: text.text } : refused('is no such token', hint);
    },
  };
}
