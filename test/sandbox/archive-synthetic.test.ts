import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import fc from 'fast-check';
import tar from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { type ArchiveSource, archiveBytes, archiveDigest } from '../../sandbox/archive/archive-source.ts';
import { syntheticArchive } from '../../sandbox/archive/synthetic-archive.ts';

/** A stored block of the generator with its header, and everything around the blocks but the padding. */
const FRAME = 64_000 + 5;
const FIXED = 10 + 5 + 512 + 5 + 1024 + 8;
const MIB = 2 ** 20;

const sizes = [
  ...[200, 201, 257, 300, 511, 512, 999, 4096, 8191, 8192, 8193, 65_535, 65_536, 100_003],
  // Where the number of blocks changes: the rest just fits, is just full, has just overflowed.
  ...[-1, 0, 1, 511, 512, 513].flatMap((near) => [FIXED + FRAME + near, FIXED + 3 * FRAME + near]),
  5 * MIB,
  5 * MIB + 1,
];

describe('a synthetic archive', () => {
  it.each(sizes)('has exactly %i bytes and is accepted by gzip and tar', async (size) => {
    const archive = syntheticArchive({ size });
    expect(archive.size).toBe(size);
    expect((await archiveBytes(archive)).length).toBe(size);
    expect(await feed('gzip', ['-t'], archive)).toEqual({ code: 0, stdout: '', stderr: '' });
    const listed = await feed('tar', ['tzvf', '-'], archive);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(/ 20180902010000_demo\.pgsql\n$/);
  });

  it('holds one file, as node and tar-stream read it', async () => {
    const entries: { name: string; size: number; bytes: number }[] = [];
    const extract = tar.extract();
    extract.on('entry', (header, stream, next) => {
      let bytes = 0;
      stream.on('data', (chunk) => {
        bytes += (chunk as Buffer).length;
      });
      stream.on('end', () => {
        entries.push({ name: header.name, size: Number(header.size), bytes });
        next();
      });
    });
    const archive = syntheticArchive({ size: 3 * MIB + 7, fileName: 'dump.sql' });
    await pipeline(archive.read(), createGunzip(), extract);
    expect(entries).toHaveLength(1);
    expect(entries[0]?.name).toBe('dump.sql');
    expect(entries[0]?.size).toBe(entries[0]?.bytes);
    expect(entries[0]?.size).toBeGreaterThan(3 * MIB - 3000);
  });

  it('gives the same bytes for every range as for the whole', async () => {
    const archive = syntheticArchive({ size: MIB + 12_345, seed: 'ranges' });
    const whole = await archiveBytes(archive);
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.size - 1), fc.nat(archive.size - 1), async (a, b) => {
        const [start, end] = a < b ? [a, b] : [b, a];
        const part = Buffer.concat(await archive.read(start, end).toArray());
        expect(part.equals(whole.subarray(start, end + 1))).toBe(true);
      }),
      { numRuns: 200 },
    );
    expect(await archive.read(5, 4).toArray()).toEqual([]);
  });

  it('is the same for the same seed and another for another', async () => {
    const digest = (seed: string, size = MIB) => archiveDigest(syntheticArchive({ size, seed }));
    expect(await digest('a')).toBe(await digest('a'));
    expect(await digest('a')).not.toBe(await digest('b'));
    const validator = (seed: string, size = MIB) => syntheticArchive({ size, seed }).validator;
    expect(validator('a')).toBe(validator('a'));
    expect(new Set([validator('a'), validator('b'), validator('a', MIB + 1)]).size).toBe(3);
  });

  it('has no two equal blocks', async () => {
    const archive = syntheticArchive({ size: 20 * MIB });
    const whole = await archiveBytes(archive);
    // The first frame begins after the header and the block of the tar header.
    const start = whole.indexOf('block 000000000\n');
    const frames = new Set<string>();
    const count = Math.floor((archive.size - start - 1037) / FRAME);
    for (let n = 0; n < count; n++) {
      frames.add(whole.subarray(start + n * FRAME, start + n * FRAME + 16).toString());
    }
    expect(frames.size).toBe(count);
    expect(count).toBeGreaterThan(300);
  });

  it('reads far into 20 GiB at once, in bounded memory', async () => {
    const archive = syntheticArchive({ size: 20 * 2 ** 30 });
    const near = 17 * 2 ** 30;
    const tail = Buffer.concat(await archive.read(archive.size - 8).toArray());
    // The trailer's length field is the tar's size modulo 2^32 (RFC 1952 §2.3.1).
    expect(tail.readUInt32LE(4)).toBeGreaterThan(0);
    expect((await archiveDigest(archive, 'sha1', near, near + MIB)).length).toBe(40);
    const before = process.memoryUsage.rss();
    let bytes = 0;
    for await (const chunk of archive.read(near, near + 256 * MIB - 1)) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(256 * MIB);
    expect(process.memoryUsage.rss() - before).toBeLessThan(128 * MIB);
  });

  it('refuses what cannot be', () => {
    expect(() => syntheticArchive({ size: 100 })).toThrow(/no archive is as small as 100 bytes/);
    expect(() => syntheticArchive({ size: 1.5 })).toThrow(RangeError);
    const archive = syntheticArchive({ size: 1000 });
    expect(() => archive.read(0, 1000)).toThrow('bytes 0-1000 are not within an archive of 1000 bytes');
    expect(() => archive.read(-1)).toThrow(RangeError);
    expect(() => archive.read(10, 8)).toThrow(RangeError);
  });
});

/** Runs a tool with the archive on its standard input. */
async function feed(command: string, args: string[], archive: ArchiveSource) {
  const child = spawn(command, args, { env: { ...process.env, LC_ALL: 'C' } });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    pipeline(archive.read(), child.stdin),
  ]);
  return { code: await exited, stdout, stderr };
}
