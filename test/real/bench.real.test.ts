import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchResults } from '../../bench/report/results.ts';
import { runPipeline, type Stage } from '../../bench/run/pipeline.ts';

// Needs nginx (or apt-get to fetch it), GNU time, openssl, curl and Python with its package index.

const MAIN = fileURLToPath(new URL('../../bench/main.ts', import.meta.url));
const never = new AbortController().signal;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the bench', () => {
  it('lets ours and every peer copy 64 MiB over HTTP and HTTPS, and writes what it took', async () => {
    const out = join(folder, 'results.json');
    const args = ['transfer', '--size', '64MiB', '--rounds', '1', '--sweep', '4MiB', '--rss-size', '128MiB'];
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args, '--out', out]);
    expect(stdout).toContain('got into a default Upload');

    const text = await readFile(out, 'utf8');
    const { http, https, sweep, memory } = (JSON.parse(text) as BenchResults).sections;
    for (const section of [http, https]) {
      expect(section?.copiers.map(({ id }) => id)).toEqual([
        'ours',
        'ours-whole',
        'curl',
        'rclone-copyurl',
        'rclone-rcat',
        'aws',
        's5cmd',
        'default-upload',
      ]);
      for (const { runs, median, command } of section?.copiers ?? []) {
        expect(runs).toHaveLength(1);
        expect(median.wall).toBeGreaterThan(0.01);
        expect(median.cpu).toBeGreaterThan(0);
        expect(median.peakMiB).toBeGreaterThan(5);
        expect(command).not.toMatch(/127\.0\.0\.1|\/tmp\//);
      }
      expect(section?.copiers[0]?.toOurs).toEqual({ wall: 1, cpu: 1, peakMiB: 1 });
    }
    expect(sweep?.points.map(({ size }) => size)).toEqual([4 * 2 ** 20]);
    expect(memory?.points.map(({ id }) => id)).toEqual(['ours', 'ours-whole']);
    expect(Object.keys(http?.versions ?? {}).sort()).toEqual([
      'aws',
      'backup-archiver',
      'curl',
      'nginx',
      'rclone',
      's5cmd',
    ]);
    // Published with the repository: nothing of this machine but what it is.
    expect(text).not.toContain(folder);
  });
});

describe('the bench of the way back', () => {
  it('lets ours and both peers bring 64 MiB into a file, and ours read them back', async () => {
    const measure = async (...args: string[]) => {
      const out = join(folder, `${args[0]}.json`);
      const { stdout } = await promisify(execFile)(process.execPath, [
        ...[MAIN, ...args, '--size', '64MiB', '--rounds', '1', '--out', out],
      ]);
      expect(stdout).toMatch(/(met {3}|missed) {2}/);
      const text = await readFile(out, 'utf8');
      expect(text).not.toContain(folder);
      return (JSON.parse(text) as BenchResults).sections;
    };
    const { download } = await measure('download');
    expect(download?.copiers.map(({ command }) => command)).toEqual([
      'node --max-semi-space-size=1 bin/backup-archiver.mjs download shop --output $FILE',
      'aws s3 cp --no-progress --endpoint-url $ENDPOINT s3://archives/$KEY $FILE',
      'rclone copyto :s3:archives/$KEY $FILE',
    ]);
    expect(Object.keys(download?.versions ?? {}).sort()).toEqual(['aws', 'backup-archiver', 'rclone']);
    const { verify } = await measure('verify');
    expect(verify?.copiers).toHaveLength(1);
    for (const { runs, median } of [...(download?.copiers ?? []), ...(verify?.copiers ?? [])]) {
      expect(runs).toHaveLength(1);
      expect(median.cpu).toBeGreaterThan(0);
      expect(median.peakMiB).toBeGreaterThan(5);
    }
  });
});

describe('what a pipe of programs took', () => {
  const node = (script: string): Stage => ({ command: process.execPath, args: ['-e', script] });
  const burn = 'const until = process.cpuUsage().user + 5e5; while (process.cpuUsage().user < until);';

  it('counts the time of every program, and of the children of each', async () => {
    const parent = `require('node:child_process').execFileSync(process.execPath, ['-e', ${JSON.stringify(burn)}]);`;
    const { stages } = await runPipeline([node(burn), node(parent)], folder, never);
    for (const { user } of stages) expect(user).toBeGreaterThan(0.4);
  });

  it('sees the peak of each by itself', async () => {
    const { stages } = await runPipeline(
      [node('globalThis.kept = Buffer.alloc(300 << 20, 1)'), node('0')],
      folder,
      never,
    );
    expect(stages[0]?.peakMiB).toBeGreaterThan(300);
    expect(stages[1]?.peakMiB).toBeLessThan(200);
  });

  it('is an error where one of them fails, with what it said', async () => {
    const failing = node('process.stderr.write("no such thing\\n"); process.exitCode = 3');
    await expect(runPipeline([failing, node('0')], folder, never)).rejects.toThrow(
      /status 3[\s\S]*no such thing/,
    );
    const killed = node('process.kill(process.pid, "SIGKILL")');
    await expect(runPipeline([killed], folder, never)).rejects.toThrow(/signal 9/);
  });

  it('ends with its signal, programs and all', async () => {
    const reason = new Error('enough');
    const waiting = runPipeline([node('setInterval(() => {}, 1000)')], folder, AbortSignal.timeout(300));
    await expect(waiting).rejects.toThrow(/timeout|aborted/i);
    await expect(runPipeline([node('0')], folder, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
