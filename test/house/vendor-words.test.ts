import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readTree } from './import-scan.ts';
import { strayVendorWords, unusedExceptions } from './vendor-words.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it("a vendor's words stand in its adapter, the configuration and the command line only", async () => {
  const tree = await readTree(ROOT, ['src']);
  expect(strayVendorWords(tree)).toEqual([]);
  expect(unusedExceptions(tree)).toEqual([]);
});

it.each([
  ['src/run/a.ts', "if (error.code === 's3.forbidden') return;"],
  ['src/stores/s3/a.ts', "import { ScalingoError } from './b.ts';"],
  ['src/sources/scalingo/a.ts', 'const etag = 1;'],
  ['src/model/manifest.ts', 'const addonId = 1;'],
  ['src/http/a.ts', '/** What Scalingo sends (https://example.org/). */'],
])('a stray word in %s is found', (file, line) => {
  expect(strayVendorWords(new Map([[file, `\n${line}\n`]]))).toEqual([`${file}:2: ${line}`]);
});

it('an address may have any word', () => {
  const line = '/** As https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html says. */';
  expect(strayVendorWords(new Map([['src/model/a.ts', line]]))).toEqual([]);
});
