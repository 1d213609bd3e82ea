import { describe, expect, it } from 'vitest';
import { renderTable } from '../../src/cli/render/table.ts';

describe('a table', () => {
  const headings = ['NAME', 'SIZE', 'BACKUP'];
  const rows = [['shop', '1.0 MiB', '5b8b36104ffb']];

  it('leaves a column out where there is no room for it, and folds where that is not enough', () => {
    const options = { right: ['SIZE'], spare: 'SIZE' };
    const whole = 'NAME     SIZE  BACKUP\nshop  1.0 MiB  5b8b36104ffb\n';
    expect(renderTable(headings, rows, options)).toBe(whole);
    expect(renderTable(headings, rows, { ...options, width: 27 })).toBe(whole);
    expect(renderTable(headings, rows, { ...options, width: 26 })).toBe('NAME  BACKUP\nshop  5b8b36104ffb\n');
    expect(renderTable(headings, rows, { ...options, width: 17 })).toBe(
      'NAME  BACKUP\nshop\n    5b8b36104ffb\n',
    );
  });
});
