import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withStoreTables } from '../../../docs/generate-stores.ts';
import { STORE_PROFILES } from '../../../src/stores/s3/capabilities/store-profile.ts';

test('the table of docs/stores.md is what the program goes by', async () => {
  const document = await readFile(new URL('../../../docs/stores.md', import.meta.url), 'utf8');
  // Where this fails: node docs/generate-stores.ts
  expect(document).toBe(withStoreTables(document));
  for (const { name, sources } of STORE_PROFILES) {
    expect(document).toContain(`| ${name} |`);
    for (const source of sources) expect(document).toContain(`<${source}>`);
  }
});

test('a document without its marks is not written over', () => {
  expect(() => withStoreTables('# Stores\n')).toThrow(/marks/);
});
