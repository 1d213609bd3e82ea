import convict from 'convict';
import { formatOf, formats } from '../formats/formats.ts';
import type { Reading, Value } from '../formats/reading.ts';
import { isSetting, type Section, type Setting } from '../schema/setting.ts';
import { nest } from './tree.ts';

/** Raw values, the later ones winning. */
export interface Layers {
  /** By dotted key. */
  readonly file: ReadonlyMap<string, unknown>;
  /** By variable. */
  readonly environment: ReadonlyMap<string, string>;
  /** By dotted key. */
  readonly flags: ReadonlyMap<string, unknown>;
}

export type Refuse = (
  key: string,
  setting: Setting,
  raw: unknown,
  why: Extract<Reading, { why: string }>,
) => void;

/** A setting as convict gets it: it hands each value to `settle`. */
interface Settled extends Setting {
  settle(raw: unknown): void;
}

/**
 * convict calls these when it validates. They never throw: convict would print the value in its own message,
 * and mix all messages into one text.
 */
convict.addFormats(
  Object.fromEntries(
    Object.keys(formats).map((name) => [
      name,
      { validate: (raw: unknown, setting: Settled) => setting.settle(raw) },
    ]),
  ),
);

/**
 * Lays file, environment and flags over the schema's defaults, and reads what came out.
 * @returns the values that are set and sound, by dotted key; the others went to `refuse`
 */
export function readLayers(schema: Section, layers: Layers, refuse: Refuse): Map<string, Value> {
  const values = new Map<string, Value>();
  const settle = (key: string, setting: Setting, raw: unknown): void => {
    const reading = formatOf(setting.format).read(raw, setting);
    if ('value' in reading) values.set(key, reading.value);
    else refuse(key, setting, raw, reading);
  };
  // Without `args` and `env` convict takes the process's own.
  const merged = convict<Record<string, unknown>>(convictSchema(schema, '', settle), {
    args: [],
    env: Object.fromEntries(layers.environment),
  });
  // `load` reads the environment again after the file; what `set` sets afterwards wins over both.
  merged.load(nest(layers.file));
  for (const [key, value] of layers.flags) merged.set(key, value);
  merged.validate({ allowed: 'strict' });
  return values;
}

type Settle = (key: string, setting: Setting, raw: unknown) => void;

function convictSchema(
  section: Section,
  prefix: string,
  settle: Settle,
): convict.Schema<Record<string, unknown>> {
  const nodes = Object.entries(section).map(([name, node]) => {
    const key = prefix + name;
    if (!isSetting(node)) return [name, convictSchema(node, `${key}.`, settle)];
    const settled: Settled & { nullable: boolean } = {
      ...node,
      nullable: node.default === null,
      settle: (raw) => settle(key, node, raw),
    };
    return [name, settled];
  });
  return Object.fromEntries(nodes);
}
