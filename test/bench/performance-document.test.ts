import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readPublished } from '../../bench/report/publish.ts';
import { pictureOf, withFigures } from '../../docs/generate-performance.ts';

const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

test('the figures of docs/performance.md are those of the published results', async () => {
  const text = await read('../../docs/performance.md');
  // Where this fails: node docs/generate-performance.ts
  expect(text).toBe(withFigures(text, readPublished()));
});

test('the picture beside it is that of the published sweep', async () => {
  const picture = pictureOf(readPublished());
  expect(picture).toBeDefined();
  expect(await read('../../docs/performance.svg')).toBe(picture);
});

test('a document without its marks is not written over', () => {
  expect(() => withFigures('# Performance\n', readPublished())).toThrow(/marks/);
});
