import fc from 'fast-check';
import { expect, it } from 'vitest';
import { archiveKey, assertReadable, parseKey } from '../../src/model/archive-key.ts';
import { manifestField } from '../../src/model/manifest-field.ts';
import { anyCodePoint } from '../support/any-text.ts';

it.each([
  ['a name', 'a name'],
  ['', ''],
  ['x'.repeat(100_000), 'x'.repeat(1024)],
  ['é'.repeat(600), 'é'.repeat(512)],
  [`${'x'.repeat(1022)}😀`, 'x'.repeat(1022)],
  ['a\ud83d', 'a\ufffd'],
])('a text of a service is cut between two code points', (text, expected) => {
  expect(manifestField(text)).toBe(expected);
});

it('whatever it is, it is short, whole, and the same after JSON and UTF-8', () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCodePoint, maxLength: 3000 }), (text) => {
      const kept = manifestField(text);
      expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(1024);
      expect(JSON.parse(Buffer.from(JSON.stringify(kept)).toString())).toBe(kept);
      expect(manifestField(kept)).toBe(kept);
    }),
  );
});

it('a key that is made is read back as the same archive, or refused', () => {
  const id = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_./ é'), minLength: 1, maxLength: 300 });
  const time = fc.date({ noInvalidDate: true, min: new Date(-1e14), max: new Date(8e15) });
  fc.assert(
    fc.property(id, time, (backupId, createdAt) => {
      const identity = { database: 'shop', createdAt, backupId };
      const key = archiveKey('p/', identity);
      let refused = false;
      try {
        assertReadable('p/', key, identity);
      } catch (error) {
        expect(error).toMatchObject({ code: 'archive.unusable_key' });
        refused = true;
      }
      const parsed = parseKey('p/', key);
      const isSame =
        parsed?.backupId === backupId &&
        parsed.createdAt.getTime() === Math.floor(createdAt.getTime() / 1000) * 1000;
      if (!refused) expect(isSame).toBe(true);
    }),
  );
});
