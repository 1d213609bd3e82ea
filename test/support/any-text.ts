import fc from 'fast-check';

/**
 * One code point of Unicode, no lone surrogate. The `binary` of fast-check says the same, and takes a second of processor
 * time before its first text.
 */
export const anyCodePoint = fc
  .integer({ min: 0, max: 0x10ffff - 0x800 })
  .map((n) => String.fromCodePoint(n < 0xd800 ? n : n + 0x800));
