import { describe, expect, test } from 'vitest';
import { newestRelease, notesOf, release } from '../../scripts/release/changelog.ts';

const BEFORE = `# Changelog

All that users see.

## Unreleased

- New.
- Newer
  still.

## 1.0.0 (2026-11-01)

- Old.
`;

const AFTER = `# Changelog

All that users see.

## Unreleased

## 1.1.0 (2026-11-26)

- New.
- Newer
  still.

## 1.0.0 (2026-11-01)

- Old.
`;

const today = new Date('2026-11-26T23:59:59Z');

describe('a release', () => {
  test('takes what is unreleased', () => {
    expect(release(BEFORE, '1.1.0', today)).toBe(AFTER);
  });

  test('is refused where nothing is', () => {
    expect(() => release(AFTER, '1.2.0', today)).toThrow('nothing under "## Unreleased"');
    expect(() => release('# Changelog\n', '1.2.0', today)).toThrow('no "## Unreleased"');
  });

  test('is refused where it is in the changelog already', () => {
    expect(() => release(BEFORE, '1.0.0', today)).toThrow('1.0.0 is in the changelog already');
  });
});

describe('the notes of a release', () => {
  test('are its section, without the heading', () => {
    expect(notesOf(AFTER, '1.1.0')).toBe('- New.\n- Newer\n  still.\n');
    expect(notesOf(AFTER, '1.0.0')).toBe('- Old.\n');
  });

  test('are not those of a version that only begins alike', () => {
    expect(notesOf(AFTER, '1.1')).toBeUndefined();
    expect(notesOf(AFTER, '1.1.0-rc.1')).toBeUndefined();
  });
});

test('the newest release is the first that has a version', () => {
  expect(newestRelease(AFTER)).toBe('1.1.0');
  expect(newestRelease('# Changelog\n\n## Unreleased\n\n- New.\n')).toBeUndefined();
});
