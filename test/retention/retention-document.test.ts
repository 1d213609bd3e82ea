import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withWorkedYear } from '../../docs/generate-retention.ts';
import { parseCalendarDuration } from '../../src/retention/calendar-duration.ts';

const document = () => readFile(new URL('../../docs/retention.md', import.meta.url), 'utf8');

test('the worked year of docs/retention.md is what the code does', async () => {
  const text = await document();
  // Where this fails: node docs/generate-retention.ts
  expect(text).toBe(withWorkedYear(text));
  expect(text).toContain('| 2024-01-01 | yearly 2024 (oldest) |');
});

test('a document without its marks is not written over', () => {
  expect(() => withWorkedYear('# Retention\n')).toThrow(/marks/);
});

test('the durations that docs/retention.md shows can be read', async () => {
  const shown = [...(await document()).matchAll(/`(?:keepWithin: )?(\d+(?:h|d|mo|y)[^`]*)`/g)].map(
    ([, text]) => text ?? '',
  );
  expect(shown.length).toBeGreaterThan(5);
  expect(shown.filter((text) => parseCalendarDuration(text) === undefined)).toEqual([]);
});
