import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withRights } from '../../../docs/generate-rights.ts';

test('docs/rights.md is what the program goes by', async () => {
  const document = await readFile(new URL('../../../docs/rights.md', import.meta.url), 'utf8');
  // Where this fails: node docs/generate-rights.ts
  expect(withRights(document)).toBe(document);
});
