/**
 * Plain columns, two spaces apart, as `ls` and `kubectl` print them: no borders, so that awk reads them.
 * @param right headings of the columns that are aligned to the right
 */
export function renderTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly string[] } = {},
): string {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const toText = (line: readonly string[]) =>
    headings
      .map((heading, column) => {
        const cell = line[column] ?? '';
        const width = widths[column] ?? 0;
        return right.includes(heading) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return `${lines.map(toText).join('\n')}\n`;
}
