import { INDENT } from './fold-text.ts';

interface TableOptions {
  /** Headings of the columns that are aligned to the right. */
  readonly right?: readonly string[];
  /** Characters of a line. The last column is then a list, and what of it has no room goes on in lines below. */
  readonly width?: number | undefined;
  /** Heading of the column that is left out where `width` has no room for it. */
  readonly spare?: string;
}

/** Plain columns, two spaces apart, as `ls` and `kubectl` print them: no borders, so that awk reads them. */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  return [...tableLines(headings, () => rows, options)].join('');
}

/**
 * The same line by line.
 * @param rows asked for twice, for the widths and for the lines, so that they need not be held
 */
export function* tableLines(
  headings: readonly string[],
  rows: () => Iterable<readonly string[]>,
  { right = [], width, spare }: TableOptions = {},
): Generator<string> {
  const widths = headings.map(({ length }) => length);
  for (const row of rows()) {
    for (const [column, cell] of row.entries()) {
      if (cell.length > (widths[column] ?? 0)) widths[column] = cell.length;
    }
  }
  const all = widths.reduce((sum, each) => sum + each + 2, -2);
  const leftOut = width !== undefined && all > width ? spare : undefined;
  const toLine = (row: readonly string[]) =>
    headings
      .map((heading, column) => {
        const cell = row[column] ?? '';
        const width = widths[column] ?? 0;
        return right.includes(heading) ? cell.padStart(width) : cell.padEnd(width);
      })
      .filter((_, column) => headings[column] !== leftOut)
      .join('  ')
      .trimEnd();
  yield `${folded(toLine(headings), headings.at(-1) ?? '', width)}\n`;
  for (const row of rows()) yield `${folded(toLine(row), row.at(-1) ?? '', width)}\n`;
}

/** A row whose last cell, a list with commas, goes on in lines below it where it has no room. */
function folded(line: string, list: string, width: number | undefined): string {
  if (width === undefined || line.length <= width) return line;
  const lines = [line.slice(0, line.length - list.length)];
  const items = list.split(', ');
  for (const [index, item] of items.entries()) {
    const text = index < items.length - 1 ? `${item},` : item;
    const last = lines.at(-1) ?? '';
    const isFirst = index === 0 || last === INDENT;
    const longer = isFirst ? last + text : `${last} ${text}`;
    if (longer.length <= width) lines[lines.length - 1] = longer;
    else lines.push(INDENT + text);
  }
  return lines.map((each) => each.trimEnd()).join('\n');
}
