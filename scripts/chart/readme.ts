import type { DescribedValue } from './values-comments.ts';

/** The table of values in the chart's README. */
export function valuesTable(values: readonly DescribedValue[], defaults: unknown): string {
  const rows = values.map(({ path, description }) => {
    const value = valueAt(defaults, path.split('.'));
    return `| \`${path}\` | ${cell(description)} | ${shown(value)} |`;
  });
  return ['| value | meaning | default |', '|---|---|---|', ...rows].join('\n');
}

const BEGIN = '<!-- begin: values, from values.yaml by scripts/chart/generate.ts -->';
const END = '<!-- end: values -->';

/** The README with the table between its two marks replaced. @throws Error where the marks are not there */
export function withTable(readme: string, table: string): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`the README lacks "${BEGIN}" or "${END}"`);
  return `${readme.slice(0, begin + BEGIN.length)}\n${table}\n${readme.slice(end)}`;
}

function valueAt(tree: unknown, path: readonly string[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return tree;
  return valueAt((tree as Record<string, unknown>)[name], rest);
}

function shown(value: unknown): string {
  if (value === null) return 'unset';
  const json = JSON.stringify(value).replaceAll('","', '", "').replaceAll('":', '": ');
  return json.length > 120 ? 'see values.yaml' : `\`${cell(json)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
