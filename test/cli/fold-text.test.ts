import { describe, expect, it } from 'vitest';
import { foldText } from '../../src/cli/render/fold-text.ts';

describe('text', () => {
  it.each([
    ['one two three', undefined, 'one two three'],
    ['one two three', 13, 'one two three'],
    ['one two three', 9, 'one two\n    three'],
    ['a word-that-is-longer than it', 10, 'a\n    word-that-is-longer\n    than\n    it'],
  ])('%j in %j columns', (text, width, folded) => {
    expect(foldText(text, width)).toBe(folded);
  });

  it('has margins, which count', () => {
    const margins = { first: '! ', below: '  ' };
    expect(foldText('one two three', 9, margins)).toBe('! one two\n  three');
    expect(foldText('one two three', 8, margins)).toBe('! one\n  two\n  three');
  });
});
