import { describe, expect, it } from 'vitest';
import { describeArchives } from '../../src/cli/commands/list.ts';
import { archiveKey } from '../../src/model/archive-key.ts';
import { parseManifest } from '../../src/model/manifest.ts';
import { memoryLog } from '../support/memory-log.ts';
import { seededManifest } from '../support/seeded-archive.ts';

const archives = Array.from({ length: 100 }, (_, n) => {
  const identity = {
    database: 'shop',
    createdAt: new Date(Date.UTC(2026, 0, 1) - n * 3_600_000),
    backupId: `b${n}`,
  };
  return { ...identity, key: archiveKey('', identity), size: n + 1, lastModified: identity.createdAt };
});
type Archive = (typeof archives)[number];

function manifestOf(archive: Archive) {
  return parseManifest(archive.key, seededManifest(archive, { addonId: 'ad-1', size: archive.size }));
}

describe('the manifests of a list', () => {
  it('are read 16 at once, and come in the order of the list', async () => {
    let [active, most] = [0, 0];
    const readManifest = async (identity: { backupId: string }) => {
      most = Math.max(most, ++active);
      const n = Number(identity.backupId.slice(1));
      // The later ones are there first.
      for (let turn = n % 7; turn < 7; turn++) await new Promise(setImmediate);
      active--;
      return manifestOf(archives[n] as Archive);
    };
    const described = await describeArchives(
      { readManifest },
      archives,
      memoryLog().log,
      AbortSignal.any([]),
    );
    expect(described.map(({ archive }) => archive.backupId)).toEqual(
      archives.map(({ backupId }) => backupId),
    );
    expect(described.every(({ archive, manifest }) => manifest?.key === archive.key)).toBe(true);
    expect(most).toBe(16);
  });

  it('leave out an archive that was deleted since the listing', async () => {
    const readManifest = async (identity: { backupId: string }) =>
      identity.backupId === 'b1'
        ? undefined
        : manifestOf(archives[Number(identity.backupId.slice(1))] as Archive);
    const described = await describeArchives(
      { readManifest },
      archives.slice(0, 3),
      memoryLog().log,
      AbortSignal.any([]),
    );
    expect(described.map(({ archive }) => archive.backupId)).toEqual(['b0', 'b2']);
  });

  it('end with the first failure, and no further one is asked for', async () => {
    let asked = 0;
    const readManifest = async () => {
      asked++;
      await new Promise(setImmediate);
      throw new Error(`failure ${asked}`);
    };
    const described = describeArchives({ readManifest }, archives, memoryLog().log, AbortSignal.any([]));
    await expect(described).rejects.toThrow('failure 16');
    expect(asked).toBe(16);
  });
});
