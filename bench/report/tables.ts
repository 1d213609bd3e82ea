import type { CopierResult, Figures, MemorySection, ReaderResult, ThrottledPoint } from './results.ts';
import { median } from './statistics.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;

/** `64 MiB`, `4 GiB`; sizes of the bench are whole. */
export function formatSize(bytes: number): string {
  if (bytes >= GiB && bytes % (GiB / 4) === 0) return `${bytes / GiB} GiB`;
  return bytes >= MiB ? `${Number((bytes / MiB).toFixed(1))} MiB` : `${bytes} B`;
}

/** A Markdown table: one line for each copier, with what it took and how many times ours. */
export function copyTable(copiers: readonly CopierResult[], size: number): string {
  const rows = copiers.map(({ title, median: own, toOurs, runs }) => [
    title,
    own.wall.toFixed(2),
    (size / MiB / own.wall).toFixed(0),
    own.cpu.toFixed(2),
    own.peakMiB.toFixed(0),
    times(toOurs.wall),
    times(toOurs.cpu),
    times(toOurs.peakMiB),
    median(runs.map(({ sourceCpu, sinkCpu }) => sourceCpu + sinkCpu)).toFixed(2),
    median(runs.map(({ othersCpu }) => othersCpu)).toFixed(2),
  ]);
  const head = [
    '',
    's',
    'MiB/s',
    'CPU s',
    'peak MiB',
    's : ours',
    'CPU : ours',
    'peak : ours',
    'servers CPU s',
    'others CPU s',
  ];
  return table(head, rows);
}

export function throttledTable(points: readonly ThrottledPoint[]): string {
  const rows = points.map(({ concurrency, size, copy, run, fraction, connections }) => [
    String(concurrency),
    formatSize(size),
    String(connections),
    copy.toFixed(2),
    fraction.toFixed(3),
    run.wall.toFixed(2),
    run.cpu.toFixed(2),
    run.othersCpu.toFixed(2),
  ]);
  const head = [
    'concurrency',
    'size',
    'connections',
    'copy s',
    'of the possible',
    'process s',
    'CPU s',
    'others CPU s',
  ];
  return table(head, rows);
}

export function memoryTable(points: MemorySection['points']): string {
  const rows = points.map(({ title, run }) => [
    title,
    run.wall.toFixed(0),
    run.cpu.toFixed(0),
    run.peakMiB.toFixed(0),
    run.othersCpu.toFixed(0),
  ]);
  return table(['', 's', 'CPU s', 'peak MiB', 'others CPU s'], rows);
}

export function readersTable(readers: readonly ReaderResult[]): string {
  const first = readers[0]?.median.cpu ?? Number.NaN;
  const rows = readers.map(({ title, median: own }) => [
    title,
    own.wall.toFixed(2),
    own.cpu.toFixed(2),
    times(own.cpu / first),
    own.peakMiB.toFixed(0),
  ]);
  return table(['', 's', 'CPU s', 'CPU : ours', 'peak MiB'], rows);
}

/** Ids of ours and of those that are measures rather than tools. */
const NO_PEERS = new Set(['ours', 'ours-whole', 'against', 'against-whole', 'curl', 'default-upload']);

/** What ours sets out to be, and whether it is, one line each; only what this run can tell. */
export function verdicts(copiers: readonly CopierResult[]): string {
  const figures = new Map(copiers.map(({ id, median: own }) => [id, own]));
  const ours = figures.get('ours');
  if (ours === undefined) return '';
  const peers = copiers.filter(({ id }) => !NO_PEERS.has(id)).map(({ median: own }) => own);
  const curl = figures.get('curl');
  const upload = figures.get('default-upload');
  const best = (figure: keyof Figures) => Math.min(...peers.map((peer) => peer[figure]));
  const lines = [
    ...(peers.length === 0
      ? []
      : [
          verdict('CPU, of the best peer', ours.cpu / best('cpu'), 1),
          verdict('wall time, of the best peer', ours.wall / best('wall'), 1),
        ]),
    ...(curl === undefined ? [] : [verdict('CPU, of curl | curl', ours.cpu / curl.cpu, 1.15)]),
    ...(upload === undefined
      ? []
      : [
          verdict('CPU, of a default Upload', ours.cpu / upload.cpu, 0.5),
          verdict('wall time, of a default Upload', ours.wall / upload.wall, 0.5),
        ]),
    verdict('peak memory in MiB', ours.peakMiB, 180),
  ];
  return `\n${lines.join('\n')}\n`;
}

/** The same of a download. */
export function downloadVerdicts(copiers: readonly CopierResult[]): string {
  const [ours, ...peers] = copiers.map(({ median: own }) => own);
  if (ours === undefined || peers.length === 0) return '';
  const best = (figure: keyof Figures) => Math.min(...peers.map((peer) => peer[figure]));
  const lines = [
    verdict('CPU, of the best peer', ours.cpu / best('cpu'), 1),
    verdict('wall time, of the best peer', ours.wall / best('wall'), 1),
  ];
  return `\n${lines.join('\n')}\n`;
}

/** The same of a reading back. @param size bytes */
export function verifyVerdicts(copiers: readonly CopierResult[], size: number): string {
  const [ours] = copiers.map(({ median: own }) => own);
  if (ours === undefined) return '';
  const perCore = size / MiB / ours.cpu;
  const speed = `${perCore >= 250 ? 'met   ' : 'missed'}  MiB/s of one core: ${perCore.toFixed(0)}, at least 250`;
  return `\n${speed}\n${verdict('peak memory in MiB', ours.peakMiB, 160)}\n`;
}

function verdict(what: string, value: number, limit: number): string {
  return `${value <= limit ? 'met   ' : 'missed'}  ${what}: ${value.toFixed(2)}, at most ${limit}`;
}

function times(value: number): string {
  return `${value.toFixed(2)}×`;
}

/** Columns padded, so that it can be read where nothing renders it; the first is text, the others are figures. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? `${'-'.repeat(width + 2)}` : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line), ''].join('\n');
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
