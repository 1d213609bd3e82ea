import { formatOf } from '../formats/formats.ts';
import type { Config } from '../schema/config.ts';
import { settings } from '../schema/schema.ts';
import type { Environment } from '../sources/environment.ts';
import { isPlainMap } from '../sources/tree.ts';

const sensitive = [...settings].filter(([, setting]) => setting.sensitive === true);

/** Every secret in effect, in every form in which it travels, percent-encoded too. For the scrubber of the log. */
export function secretsOf(config: Config): string[] {
  const found = [config, ...config.databases].flatMap((values) =>
    sensitive.flatMap(([key, { format }]) => {
      const value = valueAt(values, key.split('.'));
      return typeof value === 'string' ? (formatOf(format).secretForms?.(value) ?? [value]) : [];
    }),
  );
  return [...new Set([...found, ...found.map(encodeURIComponent)])];
}

/** The raw secrets of all sources, sound or not, so that no message shows one. */
export function rawSecrets(
  environment: Environment,
  ...trees: readonly Readonly<Record<string, unknown>>[]
): string[] {
  const entries = trees.flatMap(({ databases }) => (Array.isArray(databases) ? databases : []));
  const found = sensitive.flatMap(([key, { env }]) => [
    env === undefined ? undefined : environment.values.get(env),
    ...[...trees, ...entries].map((tree) => valueAt(tree, key.split('.'))),
  ]);
  const texts = found.filter((value) => value !== undefined && value !== null).map(String);
  return texts.flatMap((text) => [text, text.trim()]).filter((text) => text !== '');
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return tree;
  return isPlainMap(tree) && Object.hasOwn(tree, name) ? valueAt(tree[name], rest) : undefined;
}
