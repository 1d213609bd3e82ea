import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ERROR_TABLE } from '../../docs/error-table.ts';
import { withErrors } from '../../docs/generate-errors.ts';
import { ArchiverError } from '../../src/model/errors.ts';
import { readTree } from '../house/import-scan.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The name of an event, which may be that of a code too; a code in the list of codes, or in a table by code. */
const NO_USE = /\.(?:debug|info|warn|error|fatal)\(\s*'[a-z\d]+\.[a-z_]+'|'[a-z\d]+\.[a-z_]+':/g;
/** `transportError` of Scalingo makes it of a fault. */
const COMPOSED = 'scalingo.network';

test('docs/errors.md is what the table says', async () => {
  const document = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  // Where this fails: node docs/generate-errors.ts
  expect(document).toBe(withErrors(document));
  for (const code of Object.keys(ERROR_TABLE)) expect(document).toContain(`\n### ${code}\n`);
});

test('a document without its marks is not written over', () => {
  expect(() => withErrors('# Errors\n')).toThrow(/marks/);
});

// That each code in use is in the table, the types show: the constructor takes no other.
test('the table has no code that the program does not use', async () => {
  const sources = await readTree(ROOT, ['src']);
  const text = [...sources.values()].join('\n').replaceAll(NO_USE, '');
  const unused = Object.keys(ERROR_TABLE).filter((code) => code !== COMPOSED && !text.includes(`'${code}'`));
  expect(unused).toEqual([]);
});

test('a misspelt code is a type error', () => {
  // @ts-expect-error: no such code
  expect(new ArchiverError('backup.nona', 'x').message).toBe('x');
});
