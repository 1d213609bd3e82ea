import type { FormatName, FormatValue } from '../formats/formats.ts';
import type { Limits, Value } from '../formats/reading.ts';

/** One key of the configuration, in convict's own terms and a few more. */
export interface Setting extends Limits {
  /** What it is for, in one line: the reference shows it. */
  readonly doc: string;
  readonly format: FormatName;
  /** As a person would write it; `null`: unset. */
  readonly default: string | number | boolean | null;
  readonly env?: string;
  /** All names that its variable may have, `env` among them: the first that is set counts. Default: `env` alone. */
  readonly spellings?: readonly string[];
  /** Never printed, and also read from the file that `<env>_FILE` names. */
  readonly sensitive?: true;
  /** The key exists in the environment only. */
  readonly environmentOnly?: true;
  /** It has a value in effect, or the configuration is refused: a rule sees to that. */
  readonly required?: true;
  /** Its value in effect where it is not given: what follows from others. */
  readonly fallback?: (known: Known) => Value | undefined;
  /** What the reference shows as default where there is none to write down. */
  readonly defaultNote?: string;
  readonly example?: string;
}

/** What a fallback may follow from. */
export interface Known {
  /** Another setting that is given, or has a default. */
  text(key: string): string | undefined;
  /** `AWS_REGION`, the SDK's own variable. */
  readonly awsRegion: string | undefined;
}

/** Marks a section whose settings are given together: without them it is `undefined` as a whole. */
export const TOGETHER: unique symbol = Symbol('together');

export interface Section {
  readonly [name: string]: Setting | Section;
  readonly [TOGETHER]?: true;
}

/** The effective configuration of a section: durations in milliseconds, sizes in bytes, `undefined` for unset. */
export type InferSettings<S> = {
  readonly [K in keyof S & string]: S[K] extends Setting
    ? InferSetting<S[K]>
    : S[K] extends { readonly [TOGETHER]: true }
      ? { readonly [N in keyof S[K] & string]: SetValue<S[K][N]> } | undefined
      : InferSettings<S[K]>;
};

type InferSetting<S extends Setting> = S extends
  | { readonly default: string | number | boolean }
  | { readonly required: true }
  | { readonly fallback: unknown }
  ? SetValue<S>
  : SetValue<S> | undefined;

type SetValue<S> = S extends { readonly values: readonly (infer V)[] }
  ? V
  : S extends Setting
    ? FormatValue<S['format']>
    : never;

export function isSetting(node: Setting | Section): node is Setting {
  // A section holds nodes only, so a text in `format` tells.
  return typeof node.format === 'string';
}

/** The settings below a section by their dotted keys, in the order of the schema. */
export function settingsOf(section: Section, prefix = ''): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const [name, node] of Object.entries(section)) {
    if (isSetting(node)) settings.set(prefix + name, node);
    else for (const [key, setting] of settingsOf(node, `${prefix}${name}.`)) settings.set(key, setting);
  }
  return settings;
}
