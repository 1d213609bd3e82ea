import type { FormatName } from '../formats/formats.ts';
import type { Limits } from '../formats/reading.ts';

/** One key of the configuration, in convict's own terms and a few more. */
export interface Setting extends Limits {
  /** What it is for, in one line: the reference shows it. */
  readonly doc: string;
  readonly format: FormatName;
  /** As a person would write it; `null`: unset. */
  readonly default: string | number | boolean | null;
  readonly env?: string;
  /** Never printed, and also read from the file that `<env>_FILE` names. */
  readonly sensitive?: true;
  /** The key exists in the environment only. */
  readonly environmentOnly?: true;
  /** What the reference shows as default where there is none to write down. */
  readonly defaultNote?: string;
  readonly example?: string;
}

export interface Section {
  readonly [name: string]: Setting | Section;
}

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
