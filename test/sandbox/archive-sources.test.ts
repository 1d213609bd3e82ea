import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  doubledArchive,
  flippedByteArchive,
  truncatedArchive,
} from '../../sandbox/archive/altered-archive.ts';
import {
  type ArchiveSource,
  archiveBytes,
  bufferArchive,
  fileArchive,
} from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';

const original = syntheticArchive({ size: 300_000, seed: 'altered' });

async function range(archive: ArchiveSource, start: number, end: number): Promise<Buffer> {
  return Buffer.concat(await archive.read(start, end).toArray());
}

describe('archive sources', () => {
  it('serves a file and a buffer alike', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'archive-source-'));
    try {
      const bytes = await archiveBytes(original);
      const path = join(folder, 'dump.tar.gz');
      await writeFile(path, bytes);
      for (const source of [fileArchive(path), bufferArchive(bytes)]) {
        expect(source.size).toBe(bytes.length);
        expect((await archiveBytes(source)).equals(bytes)).toBe(true);
        expect((await range(source, 1000, 1999)).equals(bytes.subarray(1000, 2000))).toBe(true);
        expect(await source.read(7, 6).toArray()).toEqual([]);
        expect(() => source.read(0, bytes.length)).toThrow(RangeError);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('serves an empty buffer', async () => {
    expect((await archiveBytes(bufferArchive(Buffer.alloc(0)))).length).toBe(0);
  });
});

describe('altered archives', () => {
  it('truncates', async () => {
    const cut = truncatedArchive(original, 100_000);
    expect(cut.size).toBe(100_000);
    expect((await archiveBytes(cut)).equals(await range(original, 0, 99_999))).toBe(true);
    expect(() => truncatedArchive(original, 300_001)).toThrow(RangeError);
    expect((await archiveBytes(truncatedArchive(original, 0))).length).toBe(0);
  });

  it('doubles', async () => {
    const doubled = doubledArchive(original);
    const bytes = await archiveBytes(original);
    const twice = Buffer.concat([bytes, bytes]);
    expect(doubled.size).toBe(600_000);
    expect((await archiveBytes(doubled)).equals(twice)).toBe(true);
    for (const [start, end] of [
      [0, 10],
      [299_990, 300_010],
      [300_000, 300_000],
      [599_999, 599_999],
    ] as const) {
      expect((await range(doubled, start, end)).equals(twice.subarray(start, end + 1))).toBe(true);
    }
  });

  it.each([0, 1, 150_000, 299_999])('flips a bit of byte %i and of no other', async (offset) => {
    const bytes = await archiveBytes(original);
    const flipped = await archiveBytes(flippedByteArchive(original, offset));
    expect(flipped[offset]).toBe((bytes[offset] ?? 0) ^ 1);
    flipped[offset] = bytes[offset] ?? 0;
    expect(flipped.equals(bytes)).toBe(true);
  });

  it('has a validator of its own unless told to keep it', () => {
    const validators = [
      original,
      truncatedArchive(original, 5),
      doubledArchive(original),
      flippedByteArchive(original, 5),
      flippedByteArchive(original, 6),
    ].map(({ validator }) => validator);
    expect(new Set(validators).size).toBe(5);
    expect(flippedByteArchive(original, 5, { keepValidator: true }).validator).toBe(original.validator);
  });
});
