import { expect, test } from 'vitest';
import { strayWords } from '../../scripts/check-words.ts';

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
