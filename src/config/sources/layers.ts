import convict from 'convict';
import { formatOf, formats } from '../formats/formats.ts';
import type { Refusal, Value } from '../formats/reading.ts';
import { type Section, type Setting, settingsOf } from '../schema/setting.ts';
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

export type Refuse = (key: string, setting: Setting, raw: unknown, refusal: Refusal) => void;

/** A setting as convict gets it, with what is to become of its value. */
interface Node extends Setting {
  readonly nullable: boolean;
  settle(raw: unknown): void;
}

/**
 * convict lays the layers over each other and gives every value to its format. Ours neither coerce nor throw:
 * convict coerces before it validates, texts only and without the setting's limits, so that a message could not
 * show the value as written; and it would print the value, and mix all messages into one text.
 */
convict.addFormats(
  Object.fromEntries(
    Object.keys(formats).map((name) => [name, { validate: (raw: unknown, node: Node) => node.settle(raw) }]),
  ),
);

/**
 * Lays file, environment and flags over the schema's defaults, and reads what came out.
 * @returns the values that are set and sound, by dotted key; the others went to `refuse`
 */
export function readLayers(schema: Section, layers: Layers, refuse: Refuse): Map<string, Value> {
  const values = new Map<string, Value>();
  const nodes = [...settingsOf(schema)].map(([key, setting]): [string, Node] => {
    const settle = (raw: unknown): void => {
      const reading = formatOf(setting.format).read(raw, setting);
      if ('value' in reading) values.set(key, reading.value);
      else refuse(key, setting, raw, reading);
    };
    return [key, { ...setting, nullable: setting.default === null, settle }];
  });
  // Without `args` and `env` convict takes the process's own.
  const merged = convict(nest(new Map(nodes)) as convict.Schema<Record<string, unknown>>, {
    args: [],
    env: Object.fromEntries(layers.environment),
  });
  // `load` reads the environment again after the file; what `set` sets afterwards wins over both.
  merged.load(nest(layers.file));
  for (const [key, value] of layers.flags) merged.set(key, value);
  merged.validate({ allowed: 'strict' });
  return values;
}
