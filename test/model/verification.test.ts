import { expect, test } from 'vitest';
import { keptOf, type Verification } from '../../src/model/verification.ts';

const STORED = new Date('2026-01-01T03:00:00Z');

function lookedAt(at: string): Verification {
  const look = { at, ok: false, fault: null, durationMs: 1, archiver: '1' };
  const readBack = { ...look, bytes: 1, files: 1, dumps: [] };
  return { version: 1, key: 'k', checksum: 'c', readBack, restored: null };
}

test.each([
  ['2026-01-01T03:00:00Z', 'c', true],
  ['2026-01-02T03:00:00Z', 'c', true],
  ['2026-01-02T03:00:00Z', 'of other bytes', false],
  // An earlier object lay at the key, of the same bytes.
  ['2026-01-01T02:59:59Z', 'c', false],
])('a look at %s, at bytes with the checksum %j: kept %s', (at, checksum, isKept) => {
  const before = lookedAt(at);
  const found = { checksum, storedAt: STORED };
  expect(keptOf(before, 'readBack', found)).toEqual(isKept ? before.readBack : null);
  expect(keptOf(before, 'restored', found)).toBeNull();
  expect(keptOf(undefined, 'readBack', found)).toBeNull();
});
