import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBoundedFile } from '../../src/config/sources/bounded-file.ts';

let folder: string;
let pipe: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipe-'));
  pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file that is a pipe', () => {
  it('into which nothing is ever written is not waited for without end', () => {
    const begun = performance.now();
    expect(readBoundedFile(pipe, 100, 200)).toEqual({
      why: 'it is a pipe, and its writer did not write and close it within 200 ms',
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('whose writer keeps it open is not waited for without end', async () => {
    const writer = spawn('sh', [
      '-c',
      `exec 3<>"$1"; printf half >&3; echo ready; exec sleep 60`,
      'sh',
      pipe,
    ]);
    try {
      await once(writer.stdout, 'data');
      expect(readBoundedFile(pipe, 100, 200)).toMatchObject({ why: expect.stringContaining('200 ms') });
    } finally {
      writer.kill();
    }
  });

  it('is read to its end, whenever its writer comes', () => {
    // The shell waits by itself: this process stands in the read.
    const script = '(sleep 0.2; printf one; sleep 0.2; printf two) > "$1"';
    spawn('sh', ['-c', script, 'sh', pipe], { stdio: 'ignore' });
    expect(readBoundedFile(pipe, 100, 10_000)).toEqual({ text: 'onetwo' });
  });

  it('that is longer than it may be is refused', () => {
    spawn('sh', ['-c', 'head -c 1000 /dev/zero > "$1"', 'sh', pipe], { stdio: 'ignore' });
    expect(readBoundedFile(pipe, 100, 10_000)).toEqual({ why: 'it is larger than 100 bytes' });
  });
});

it('an empty file is no pipe, and is not waited for', () => {
  const file = join(folder, 'empty');
  writeFileSync(file, '');
  expect(readBoundedFile(file, 100, 10_000)).toEqual({ text: '' });
});
