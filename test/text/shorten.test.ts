import { describe, expect, it } from 'vitest';
import { shorten } from '../../src/text/shorten.ts';

describe('shorten', () => {
  it.each([
    ['', 5, ''],
    ['four', 5, 'four'],
    ['fives', 5, 'fives'],
    ['one two three', 9, 'one two …'],
    ['one two three', 8, 'one two…'],
    ['one two three', 7, 'one …'],
    ['one\ttwo', 5, 'one\t…'],
    ['asingleword', 5, '…'],
  ])('%o to %i characters is %o', (text, length, expected) => {
    expect(shorten(text, length)).toBe(expected);
    expect(expected.length).toBeLessThanOrEqual(length);
  });

  it('shows no part of a secret that stands at the cut', () => {
    const secret = 'tk-us-Canary0123456789';
    for (let length = 1; length < 60; length++) {
      const shown = shorten(`the service said ${secret} and more of the like`, length);
      if (!shown.includes(secret)) expect(shown).not.toContain('tk-');
    }
  });
});
