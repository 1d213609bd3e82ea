import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FOLDERS } from './import-rules.ts';

/** The pages for developers, which name files of the repository. */
const PAGES = [
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/architecture.md',
  ...readdirSync(at('docs/decisions')).map((name) => `docs/decisions/${name}`),
];

function at(path: string): URL {
  return new URL(`../../${path}`, import.meta.url);
}

const read = (path: string) => readFileSync(at(path), 'utf8');

test.each(PAGES)('%s names files that are there', (page) => {
  const text = read(page);
  const folder = page.slice(0, page.lastIndexOf('/') + 1);
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => folder + link);
  const code = [...text.matchAll(/`[^`\n]+`/g)].join(' ');
  const named = code.match(/[\w.-]+(?:\/[\w.-]+)+\.(?:ts|mjs|json|ya?ml|md)\b/g) ?? [];
  expect(links.filter((link) => !existsSync(at(link)))).toEqual([]);
  // A recipe's file of any name is none. Where a page speaks of src, paths begin there.
  const real = named.filter((file) => !file.includes('NAME'));
  expect(real.filter((file) => !existsSync(at(file)) && !existsSync(at(`src/${file}`)))).toEqual([]);
});

test('CONTRIBUTING.md shows which folder may import which', () => {
  const rows = [...read('CONTRIBUTING.md').matchAll(/^\| `((?:src|sandbox)\S*)` \|.*\| (.*) \|$/gm)];
  const shown = rows.map(([, folder = '', imports = '']) => [
    folder,
    [...imports.matchAll(/`([^`]+)`/g)].map(([, name]) => `src/${name}`),
  ]);
  expect(Object.fromEntries(shown)).toEqual(FOLDERS);
});

test('every decision is in the index', () => {
  const index = read('docs/decisions/README.md');
  const pages = readdirSync(at('docs/decisions')).filter((name) => /^\d{4}-/.test(name));
  expect(pages.filter((name) => !index.includes(`(${name})`))).toEqual([]);
  expect(pages.length).toBeGreaterThan(0);
});
