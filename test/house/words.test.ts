import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { strayWords } from '../../scripts/check-words.ts';
import { readTree } from './import-scan.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test.each([
  ['src/run/a.ts', '// The answer is late.', 'response'],
  ['src/run/a.ts', '// Nobody waits.', 'name who or what it is'],
  ['docs/a.md', 'The source stands still.', 'gives nothing'],
  ['README.md', 'You are told by mail.', 'called with'],
  ['src/a.ts', 'const source = new HealingSource();', 'docs/glossary.md'],
])('in %s, "%s" is found', (file, line, instead) => {
  const found = strayWords(new Map([[file, line]]));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(instead);
});

test('plain words pass, and so does what only a test says', () => {
  expect(
    strayWords(new Map([['src/run/a.ts', '// The response is late; the store answers with 503.']])),
  ).toEqual([]);
  expect(strayWords(new Map([['test/run/a.test.ts', '// Nobody waits.']]))).toEqual([]);
});

test('no word of the last column of docs/glossary.md is in src', async () => {
  const page = readFileSync(new URL('../../docs/glossary.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| ([^|]+) \| [^|]+ \| ([^|]*)\|$/gm)].slice(1);
  const words = rows.flatMap(([, , not = '']) => not.split(',').map((word) => word.trim())).filter(Boolean);
  expect(rows.length).toBeGreaterThan(30);
  expect(words).toContain('answer');
  const found: string[] = [];
  for (const [file, text] of await readTree(ROOT, ['src'])) {
    for (const word of words) {
      // In names too: `lentStream`, `foundAnswer`.
      const name = word.replace(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
      const begins = new RegExp(`\\b${name}(?=[A-Z])`);
      const ends = new RegExp(`[a-z]${name[0]?.toUpperCase()}${name.slice(1)}(?![a-z])`);
      const alone = new RegExp(`\\b${word}\\b`, 'i');
      if ([alone, begins, ends].some((form) => form.test(text))) found.push(`${file}: ${word}`);
    }
  }
  expect(found).toEqual([]);
});
