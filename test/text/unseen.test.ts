import { describe, expect, it } from 'vitest';
import { escapeUnseen, oneLine } from '../../src/text/unseen.ts';

const ODD = ['\u009b', '\u007f', '\u0085', '\u202e', '\u2066', '\u2028', '\u2029', '\u200b', '\u{e0041}'];

describe('a foreign text', () => {
  it.each([...ODD, '\u001b', '\0', '\r\n'])('%j becomes a space in one line', (odd) => {
    expect(oneLine(` shop${odd}${odd}db `)).toBe('shop db');
  });

  it.each(['\u001b[1m', '\u001b[38;5;1m', '\u009b0m'])(
    '%j is one space with all that belongs to it',
    (colour) => {
      expect(oneLine(`se${colour}cr${colour}et`)).toBe('se cr et');
    },
  );

  it.each(ODD)('%j is escaped where it is shown, and JSON still means it', (odd) => {
    const line = JSON.stringify({ name: `shop${odd}é–😀` });
    const shown = escapeUnseen(line);
    expect(shown).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
    expect(JSON.parse(shown)).toEqual(JSON.parse(line));
  });

  it('keeps line ends and colours of ours', () => {
    const own = '\u001b[31merror\u001b[39m  shop\n';
    expect(escapeUnseen(own)).toBe(own);
  });
});
