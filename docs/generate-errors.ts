import { readFileSync, writeFileSync } from 'node:fs';
import type { ErrorCode } from '../src/model/error-codes.ts';
import { ERROR_TABLE } from './error-table.ts';

// Writes the list of errors.md: `node docs/generate-errors.ts`.

const BEGIN = '<!-- begin errors -->\n';
const END = '<!-- end errors -->';
const DOCUMENT = new URL('./errors.md', import.meta.url);

/** The document with its list made anew; the rest stays. */
export function withErrors(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('errors.md has lost the marks around its list');
  return document.slice(0, begin + BEGIN.length) + errorList() + document.slice(end);
}

function errorList(): string {
  const codes = Object.keys(ERROR_TABLE) as ErrorCode[];
  const areas = [...new Set(codes.map(areaOf))];
  const sections = areas.map(
    (area) =>
      `## ${area}\n\n${codes
        .filter((code) => areaOf(code) === area)
        .map(entry)
        .join('\n')}`,
  );
  return `\n${sections.join('\n')}\n`;
}

function areaOf(code: ErrorCode): string {
  return code.slice(0, code.indexOf('.'));
}

function entry(code: ErrorCode): string {
  const { means, remedy, exit, example } = ERROR_TABLE[code];
  return [
    `### ${code}\n`,
    `${means}\n`,
    `- **What to do:** ${remedy}`,
    ...(exit === undefined ? [] : [`- **Exit code:** ${exit}`]),
    `- **Example:** \`${example}\`\n`,
  ].join('\n');
}

if (import.meta.main) writeFileSync(DOCUMENT, withErrors(readFileSync(DOCUMENT, 'utf8')));
