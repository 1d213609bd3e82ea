/**
 * The table of docs/metrics.md, made from the catalog. `node test/observability/metrics/reference.ts` writes it; a test fails
 * where they are out of step.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { METRICS, type MetricDescription } from '../../../src/observability/metrics/metric-catalog.ts';

export const DOCUMENT = fileURLToPath(new URL('../../../docs/metrics.md', import.meta.url));
const [BEGIN, END] = ['<!-- begin metrics -->\n', '<!-- end metrics -->'];

/** The document with its table as the catalog has it now. */
export function withCurrentTable(document: string): string {
  const [start, stop] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (start < 0 || stop < 0) throw new Error('docs/metrics.md has lost the marks around its table');
  return `${document.slice(0, start + BEGIN.length)}\n${table()}\n\n${document.slice(stop)}`;
}

/** Padded as the formatter pads it, so that the two don't undo each other. */
function table(): string {
  const rows = Object.entries<MetricDescription>(METRICS).map(([name, { type, labels, help }]) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(', '),
    help,
  ]);
  const cells = [['metric', 'type', 'labels', 'meaning'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...others] = cells;
  return [
    line(head),
    `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`,
    ...others.map(line),
  ].join('\n');
}

if (import.meta.main) writeFileSync(DOCUMENT, withCurrentTable(readFileSync(DOCUMENT, 'utf8')));
