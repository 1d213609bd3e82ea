import type { Problems } from '../report/problems.ts';
import { showKey } from '../report/show-value.ts';
import { isSetting, type Section, type Setting, settingsOf } from '../schema/setting.ts';
import { isPlainMap } from '../sources/tree.ts';
import { nearest } from './nearest.ts';

export interface Placement {
  /** What stands before the keys: empty, or `databases[2].`. */
  readonly prefix: string;
  /** `from the file config/archiver.yaml, line 3`, for a key below the root. */
  where(path: readonly string[]): string;
}

/**
 * Lays a tree of YAML or of flags flat: raw values by dotted key, those that are null left out. Unknown keys
 * and values in the place of sections, or the reverse, are problems.
 */
export function flatten(
  tree: Readonly<Record<string, unknown>>,
  schema: Section,
  placement: Placement,
  problems: Problems,
): Map<string, unknown> {
  const raw = new Map<string, unknown>();
  const visit = (map: Readonly<Record<string, unknown>>, section: Section, path: readonly string[]): void => {
    for (const [name, value] of Object.entries(map)) {
      const node = Object.hasOwn(section, name) ? section[name] : undefined;
      const here = [...path, name];
      const refuse = (text: string): void =>
        problems.add(
          `${placement.prefix}${here.map((part) => showKey(part, problems.secrets)).join('.')} (${placement.where(here)}): ${text}`,
          placement.prefix + here.join('.'),
        );
      if (node === undefined || !isInFiles(node)) refuse(unknownKey(name, section, path, schema));
      else if (value === null || value === undefined) continue;
      else if (isSetting(node)) placeValue(node, value, refuse, (plain) => raw.set(here.join('.'), plain));
      else if (isPlainMap(value)) visit(value, node, here);
      else refuse(`must be a section with keys below it: ${namesOf(node).join(', ')}`);
    }
  };
  visit(tree, schema, []);
  return raw;
}

function placeValue(
  setting: Setting,
  value: unknown,
  refuse: (text: string) => void,
  place: (plain: unknown) => void,
): void {
  if (['string', 'number', 'boolean'].includes(typeof value)) place(value);
  else if (Array.isArray(value) && setting.format === 'list') place(value);
  // Pairs instead of a map: convict would take the map for a section.
  else if (isPlainMap(value) && setting.format === 'tags') place(Object.entries(value));
  else if (setting.format === 'list') refuse('must be a list, each entry beginning with "- name:"');
  else refuse(`must be a single value, not a ${Array.isArray(value) ? 'list' : 'map'}`);
}

/** Whether a node may stand in a file: not where the environment alone has it. */
function isInFiles(node: Setting | Section): boolean {
  return isSetting(node) ? node.environmentOnly !== true : Object.values(node).some(isInFiles);
}

function namesOf(section: Section): string[] {
  return Object.keys(section).filter((name) => {
    const node = section[name];
    return node !== undefined && isInFiles(node);
  });
}

function unknownKey(name: string, section: Section, path: readonly string[], root: Section): string {
  const names = namesOf(section);
  if (name.includes('.') && settingsOf(root).has(name)) {
    return `unknown key; indent it below its section: ${name.split('.').join(': ')}`;
  }
  const sibling = nearest(name, names);
  const meant = sibling === undefined ? elsewhere(name, root) : [...path, sibling].join('.');
  return meant === undefined
    ? `unknown key; allowed here: ${names.join(', ')}`
    : `unknown key; did you mean ${meant}?`;
}

/** The key that has this name in another section, or whose variable has it. */
function elsewhere(name: string, root: Section): string | undefined {
  const keys = [...settingsOf(root)].filter(([, setting]) => setting.environmentOnly !== true);
  const byVariable = keys.find(([, { env }]) => env === name);
  const byName = keys.filter(([key]) => key.endsWith(`.${name}`));
  return byVariable?.[0] ?? (byName.length === 1 ? byName[0]?.[0] : undefined);
}
