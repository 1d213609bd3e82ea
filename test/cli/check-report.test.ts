import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import type { Finding } from '../../src/check/finding.ts';
import { checkJson, checkLines } from '../../src/cli/render/check-report.ts';

const LINES: readonly Finding[] = [
  { id: 'store.bucket', subject: 'store', level: 'ok', says: 'it is there', remedy: 'not shown' },
  { id: 'store.uploads', subject: 'store', level: 'warn', says: 'unfinished uploads are not listed' },
  {
    id: 'database.periodic',
    subject: 'database shop',
    level: 'fail',
    says: 'backup.mode is latest; periodic backups are off: there will be nothing to archive',
    remedy:
      'Turn periodic backups on at the source (the dashboard of the database), or use backup.mode create.',
  },
];
const PLAIN = { colors: false, width: undefined };
const print = (lines: readonly Finding[], look: { colors: boolean; width: number | undefined }) =>
  [...checkLines(lines, look)].join('');

it('has a line for each, what to do beneath it, and the verdict last', () => {
  expect(print(LINES, PLAIN)).toBe(`✓ store: it is there
! store: unfinished uploads are not listed
✗ database shop: backup.mode is latest; periodic backups are off: there will be nothing to archive
  → Turn periodic backups on at the source (the dashboard of the database), or use backup.mode create.

not ready: 1 fault, 1 warning (database shop)
`);
  expect(print(LINES.slice(0, 2), PLAIN)).toMatch(/\n\nready: no faults, 1 warning\n$/);
  expect(print(LINES.slice(0, 1), PLAIN)).toMatch(/\n\nready: no faults\n$/);
});

it.each([40, 80, 120])('fits a terminal of %d columns, with and without colours', (width) => {
  const plain = print(LINES, { colors: false, width });
  for (const line of plain.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  const painted = print(LINES, { colors: true, width });
  expect(painted).toContain('\u001b[31m✗');
  expect(stripVTControlCharacters(painted)).toBe(plain);
  // What goes on stands under what it goes on from.
  expect(print(LINES, { colors: false, width: 40 }).split('\n').slice(3, 10)).toEqual([
    '✗ database shop: backup.mode is latest;',
    '  periodic backups are off: there will',
    '  be nothing to archive',
    '  → Turn periodic backups on at the',
    '    source (the dashboard of the',
    '    database), or use backup.mode',
    '    create.',
  ]);
});

it('is a list of stable fields as JSON', () => {
  expect(JSON.parse([...checkJson(LINES)].join(''))).toEqual(
    LINES.map(({ remedy = null, ...line }) => ({ ...line, remedy })),
  );
  expect(JSON.parse([...checkJson([])].join(''))).toEqual([]);
});
