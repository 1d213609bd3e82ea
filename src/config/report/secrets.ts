import type { Config } from '../schema/config.ts';
import { settings } from '../schema/schema.ts';
import type { Environment } from '../sources/environment.ts';
import { isPlainMap } from '../sources/tree.ts';

const sensitive = [...settings].filter(([, setting]) => setting.sensitive === true);

/**
 * Every secret in effect, and the forms in which it travels: percent-encoded, and as the password of HTTP
 * Basic (RFC 7617). For the scrubber of the log.
 */
export function secretsOf(config: Config): string[] {
  const { scalingo, s3, notify } = config;
  const plain = [
    scalingo.apiToken,
    scalingo.bearerToken,
    s3.accessKeyId,
    s3.secretAccessKey,
    s3.sessionToken,
    ...partsOfUrl(notify.pingUrl),
    ...partsOfUrl(notify.webhookUrl),
  ].filter((secret) => secret !== undefined);
  const basic = scalingo.apiToken === undefined ? [] : [base64(`:${scalingo.apiToken}`)];
  return [...new Set([...plain, ...plain.map(encodeURIComponent), ...basic])];
}

/** What gives a URL its authority is a password, or a long random word: a shorter one may be an ordinary word. */
const SHORTEST_WORD = 16;

/** A secret URL, and what of it is secret by itself: a library's message may name the path alone. */
function partsOfUrl(url: string | undefined): string[] {
  if (url === undefined) return [];
  const { href, username, password, pathname, searchParams } = new URL(url);
  const words = [...pathname.split('/'), ...searchParams.values()];
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [
    url,
    href,
    ...words.filter((word) => word.length >= SHORTEST_WORD),
    ...(password === '' ? [] : [password, decodeURIComponent(password), base64(login)]),
  ];
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** The raw secrets of all sources, sound or not, so that no message shows one. */
export function rawSecrets(
  environment: Environment,
  ...trees: readonly Readonly<Record<string, unknown>>[]
): string[] {
  const found = sensitive.flatMap(([key, { env }]) => [
    env === undefined ? undefined : environment.values.get(env),
    ...trees.map((tree) => valueAt(tree, key.split('.'))),
  ]);
  const texts = found.filter((value) => value !== undefined && value !== null).map(String);
  return texts.flatMap((text) => [text, text.trim()]).filter((text) => text !== '');
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return tree;
  return isPlainMap(tree) && Object.hasOwn(tree, name) ? valueAt(tree[name], rest) : undefined;
}
