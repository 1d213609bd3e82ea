/**
 * The tables of docs/configuration.md, made from the schema. `node test/config/reference.ts` writes them, and
 * config/archiver.example.yaml; a test fails where they are out of step.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatOf } from '../../src/config/formats/formats.ts';
import { databaseEntry } from '../../src/config/schema/database-schema.ts';
import { settings } from '../../src/config/schema/schema.ts';
import { type Setting, settingsOf } from '../../src/config/schema/setting.ts';
import { EXAMPLE, exampleText } from './example.ts';

export const DOCUMENT = fileURLToPath(new URL('../../docs/configuration.md', import.meta.url));

/** The document with its tables as the schema has them now. */
export function withCurrentTables(document: string): string {
  const general = table(
    ['YAML', 'environment', 'default', 'allowed', 'meaning'],
    [...settings].map(([key, setting]) => [
      setting.environmentOnly === true ? '—' : code(key),
      variable(setting),
      fallback(setting),
      formatOf(setting.format).allowed(setting),
      setting.doc,
    ]),
  );
  const entry = table(
    ['key', 'allowed', 'meaning'],
    [...settingsOf(databaseEntry)].map(([key, setting]) => [
      code(key),
      formatOf(setting.format).allowed(setting),
      key.includes('.') ? `overrides ${code(key)}` : setting.doc,
    ]),
  );
  return replace(replace(document, 'keys', general), 'entry', entry);
}

function variable({ env, sensitive }: Setting): string {
  if (env === undefined) return '—';
  return sensitive === true ? `${code(env)}, ${code(`${env}_FILE`)}` : code(env);
}

function fallback({ default: value, defaultNote }: Setting): string {
  if (defaultNote !== undefined) return defaultNote;
  if (value === null) return '—';
  return value === '' ? 'empty' : code(String(value));
}

function code(text: string): string {
  return `\`${text}\``;
}

/** Padded as the formatter pads it, so that the two don't undo each other. */
function table(head: string[], rows: string[][]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [top = [], ...others] = cells;
  return [line(top), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...others.map(line)].join(
    '\n',
  );
}

function replace(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- begin ${name} -->\n`, `\n<!-- end ${name} -->`];
  const [start, stop] = [document.indexOf(begin), document.indexOf(end)];
  if (start < 0 || stop < 0) throw new Error(`docs/configuration.md has lost its marks for "${name}"`);
  return document.slice(0, start + begin.length) + text + document.slice(stop);
}

if (import.meta.main) {
  writeFileSync(DOCUMENT, withCurrentTables(readFileSync(DOCUMENT, 'utf8')));
  writeFileSync(EXAMPLE, exampleText());
}
