import { describe, expect, it } from 'vitest';
import { selfTimes } from '../../bench/report/cpu-profile.ts';
import { plotSweep } from '../../bench/report/plot.ts';
import type { CopierResult, CopyRun } from '../../bench/report/results.ts';
import { median, withRatios } from '../../bench/report/statistics.ts';
import {
  copyTable,
  downloadVerdicts,
  formatSize,
  verdicts,
  verifyVerdicts,
} from '../../bench/report/tables.ts';

const GiB = 2 ** 30;

function run(wall: number, cpu: number, peakMiB: number): CopyRun {
  return { wall, cpu, peakMiB, user: cpu, system: 0, sourceCpu: 0.25, sinkCpu: 0.5, othersCpu: 0 };
}

function copiers(...all: readonly (readonly [id: string, ...runs: CopyRun[]])[]): CopierResult[] {
  return withRatios(all.map(([id, ...runs]) => ({ id, title: id, command: id, runs })));
}

describe('the figures of a bench', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('the median of nothing is an error', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  it('ratios are medians over those of the first, each figure by itself', () => {
    const [ours, peer] = copiers(
      ['ours', run(2, 4, 100), run(4, 4, 100), run(90, 4, 100)],
      ['aws', run(8, 2, 150), run(8, 2, 150), run(8, 900, 150)],
    );
    expect(ours?.median).toEqual({ wall: 4, cpu: 4, peakMiB: 100 });
    expect(ours?.toOurs).toEqual({ wall: 1, cpu: 1, peakMiB: 1 });
    expect(peer?.toOurs).toEqual({ wall: 2, cpu: 0.5, peakMiB: 1.5 });
  });

  it('a table has one line for each, throughput from the size', () => {
    const table = copyTable(copiers(['ours', run(2, 4, 100)], ['aws', run(4, 4, 50)]), GiB);
    const lines = table.trim().split('\n');
    expect(lines).toHaveLength(4);
    const cells = (line: string | undefined) => line?.split('|').map((cell) => cell.trim());
    expect(cells(lines[3])?.slice(1, 10)).toEqual([
      'aws',
      '4.00',
      '256',
      '4.00',
      '50',
      '2.00×',
      '1.00×',
      '0.50×',
      '0.75',
    ]);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it('verdicts are by the best peer of each figure, and the floor is no peer', () => {
    const text = verdicts(
      copiers(
        ['ours', run(4, 4, 181)],
        ['curl', run(1, 3.5, 10)],
        ['aws', run(5, 3, 10)],
        ['s5cmd', run(3, 9, 10)],
        ['default-upload', run(8, 8, 10)],
      ),
    );
    expect(text).toContain('missed  CPU, of the best peer: 1.33');
    expect(text).toContain('missed  wall time, of the best peer: 1.33');
    expect(text).toContain('met     CPU, of curl | curl: 1.14');
    expect(text).toContain('met     CPU, of a default Upload: 0.50');
    expect(text).toContain('met     wall time, of a default Upload: 0.50');
    expect(text).toContain('missed  peak memory in MiB: 181.00');
  });

  it('say of the way back whether ours is what it sets out to be', () => {
    const downloads = copiers(['ours', run(2, 5, 100)], ['aws', run(2, 10, 1)], ['rclone', run(4, 4, 1)]);
    expect(downloadVerdicts(downloads)).toBe(
      '\nmissed  CPU, of the best peer: 1.25, at most 1\nmet     wall time, of the best peer: 1.00, at most 1\n',
    );
    expect(verifyVerdicts(copiers(['ours', run(9, 4, 161)]), GiB)).toBe(
      '\nmet     MiB/s of one core: 256, at least 250\nmissed  peak memory in MiB: 161.00, at most 160\n',
    );
  });

  it.each([
    [64 * 2 ** 20, '64 MiB'],
    [GiB, '1 GiB'],
    [1.5 * GiB, '1.5 GiB'],
    [1000 * 2 ** 20, '1000 MiB'],
    [500, '500 B'],
  ])('%d bytes read %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it('a plot has a line for each copier in both panels, its points at their heights', () => {
    const points = [GiB / 4, GiB].map((size) => ({
      size,
      copiers: copiers(['ours', run(size / GiB, 1, 100)], ['a|b', run(1, 1, 50)]),
    }));
    const svg = plotSweep({ rounds: 1, points, takenAt: '', command: '', machine, versions: {} });
    expect(svg.match(/<polyline/g)).toHaveLength(4);
    expect(svg).toContain('>256 MiB</text>');
    // Ours has 1024 MiB/s at both sizes: a level line, and no number is missing.
    const [ours] = [...svg.matchAll(/points="([^"]+)"[^>]*stroke-width="3"/g)].map(([, at = '']) => at);
    const heights = ours?.split(' ').map((point) => point.split(',')[1]);
    expect(new Set(heights).size).toBe(1);
    expect(svg).not.toContain('NaN');
  });
});

const machine = { cpu: 'x', cores: 2, memoryGiB: 4, system: 'Linux', node: 'v24' };

describe('a CPU profile', () => {
  it('is summed by function and by origin, without what was idle', () => {
    const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 0 });
    const { byFunction, byOrigin } = selfTimes({
      nodes: [
        { id: 1, callFrame: frame('(idle)', '') },
        { id: 2, callFrame: frame('crc32', 'node:zlib') },
        { id: 3, callFrame: frame('send', 'file:///x/node_modules/@smithy/core/dist/index.js') },
        { id: 4, callFrame: frame('copy', 'file:///x/dist/archive/transfer.js') },
        { id: 5, callFrame: frame('writev', '') },
        { id: 6, callFrame: frame('push', 'node:internal/streams/readable') },
      ],
      samples: [1, 2, 3, 4, 5, 6, 2],
      timeDeltas: [9e6, 1e6, 1e6, 1e6, 1e6, 1e6, 5e6],
    });
    expect(byOrigin[0]).toEqual({ name: 'node:zlib', seconds: 6, share: 0.6 });
    expect(byOrigin.map(({ name }) => name).sort()).toEqual([
      '@smithy/core',
      'dist/archive',
      'native',
      'node:internal/streams',
      'node:zlib',
    ]);
    expect(byFunction[0]?.name).toBe('crc32 zlib:1 [node:zlib]'.replace('zlib:1', 'node:zlib:1'));
  });
});
