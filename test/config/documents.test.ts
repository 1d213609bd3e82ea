import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { settings } from '../../src/config/schema/schema.ts';
import { EXAMPLE as EXAMPLE_FILE, exampleText } from './example.ts';
import { DOCUMENT, withCurrentTables } from './reference.ts';
import { load } from './workspace.ts';

const EXAMPLE = readFileSync(EXAMPLE_FILE, 'utf8');

/** Keys that have no default, for which the example must write something. */
const FILLED_IN = ['scalingo.apiToken', 'databases', 's3.bucket', 's3.region'];

test('the example loads as it is', () => {
  const { databases, s3, scalingo } = load({ yaml: EXAMPLE, env: {} });
  expect(databases.map(({ name }) => name)).toEqual(['shop-postgresql', 'shop-mysql']);
  expect(databases[1]).toMatchObject({
    schedule: { cron: '30 4 * * *', catchUp: true },
    backup: { mode: 'latest' },
  });
  expect(s3.bucket).toBe('my-backups');
  expect(scalingo.region).toBe('osc-fr1');
});

test('the example has every key with its default', () => {
  const document = parseDocument(EXAMPLE);
  for (const [key, setting] of settings) {
    if (setting.environmentOnly === true) continue;
    const path = key.split('.');
    expect(document.hasIn(path), key).toBe(true);
    const value: unknown = parse(String(document.getIn(path) ?? 'null'));
    if (FILLED_IN.includes(key)) expect(value, key).not.toBeNull();
    else if (setting.format === 'tags') expect(String(document.getIn(path))).toBe('{}');
    else expect(document.getIn(path), key).toEqual(setting.default);
  }
});

test('every key of the example has a line of reason before it', () => {
  const lines = EXAMPLE.split('\n');
  const bare = lines.filter(
    (line, index) => /^ {2,4}[a-zA-Z]+:/.test(line) && !/^\s*#/.test(lines[index - 1] ?? ''),
  );
  // The entries of `databases` are explained above the list.
  const entries = ['    app: shop', '    id: ad-', '    schedule:', '    backup:', '    retention:'];
  expect(bare.filter((line) => !entries.some((entry) => line.startsWith(entry)))).toEqual([]);
});

test('the reference and the example are in step with the schema (node test/config/reference.ts writes them)', () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  expect(document).toBe(withCurrentTables(document));
  expect(EXAMPLE).toBe(exampleText());
});

test('every environment variable belongs to one key', () => {
  const variables = [...settings.values()].flatMap(({ env }) => env ?? []);
  expect(new Set(variables).size).toBe(variables.length);
});
