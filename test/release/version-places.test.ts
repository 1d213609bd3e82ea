import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { differences, moveVersions, PLACES, versionOfPackage } from '../../scripts/release/version-places.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FILES = [...new Set(['CHANGELOG.md', ...PLACES.map(({ file }) => file)])];

test('package, lockfile, chart, image and changelog of this repository have one version', () => {
  expect(differences(ROOT, versionOfPackage(ROOT))).toEqual([]);
});

describe('in a copy', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'release-'));
    for (const file of FILES) cpSync(join(ROOT, file), join(root, file));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test('all are moved at once, and nothing else changes', () => {
    const before = FILES.map((file) => readFileSync(join(root, file), 'utf8'));
    moveVersions(root, '7.8.9-rc.1');
    expect(differences(root, '7.8.9-rc.1')).toEqual([]);
    expect(versionOfPackage(root)).toBe('7.8.9-rc.1');
    moveVersions(root, versionOfPackage(ROOT));
    expect(FILES.map((file) => readFileSync(join(root, file), 'utf8'))).toEqual(before);
  });

  test.each(PLACES)('one that was left behind is named: $what', ({ file, what, pattern }) => {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    const [line = '', before = '', version = ''] = pattern.exec(text) ?? [];
    const elsewhere = line.replace(before + version, `${before}0.0.1`);
    writeFileSync(
      path,
      text.replace(line, () => elsewhere),
    );
    expect(differences(root, version)).toEqual([`${what} is 0.0.1, not ${version}`]);
  });

  test('a place that cannot be found any more is an error, and no silence', () => {
    writeFileSync(join(root, 'helm/backup-archiver/Chart.yaml'), 'apiVersion: v2\n');
    expect(differences(root, versionOfPackage(ROOT))).toHaveLength(2);
    expect(() => moveVersions(root, '7.8.9')).toThrow('helm/backup-archiver/Chart.yaml');
  });

  test('a changelog whose newest release is another one is named', () => {
    writeFileSync(
      join(root, 'CHANGELOG.md'),
      '# Changelog\n\n## Unreleased\n\n## 0.0.1 (2026-01-01)\n\n- It.\n',
    );
    expect(differences(root, '0.0.2')).toContain('CHANGELOG.md, newest release is 0.0.1, not 0.0.2');
  });
});
