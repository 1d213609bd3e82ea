interface TableOptions {
  /** Headings of the columns that are aligned to the right. */
  readonly right?: readonly string[];
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
  { right = [] }: TableOptions = {},
): Generator<string> {
  const widths = headings.map(({ length }) => length);
  for (const row of rows()) {
    for (const [column, cell] of row.entries()) {
      if (cell.length > (widths[column] ?? 0)) widths[column] = cell.length;
    }
  }
  const toLine = (row: readonly string[]) =>
    headings
      .map((heading, column) => {
        const cell = row[column] ?? '';
        const width = widths[column] ?? 0;
        return right.includes(heading) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  yield `${toLine(headings)}\n`;
  for (const row of rows()) yield `${toLine(row)}\n`;
}
