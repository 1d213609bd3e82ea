import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { plotSweep } from '../bench/report/plot.ts';
import type { BenchResults, CopySection, Taken } from '../bench/report/results.ts';
import { copyTable, formatSize, memoryTable, readersTable, throttledTable } from '../bench/report/tables.ts';

// Writes the figures of performance.md, and its picture, from bench/results/transfer.json:
// `node docs/generate-performance.ts`. `npm run bench -- transfer --publish` does it too.

const BEGIN = '<!-- begin figures -->\n';
const END = '<!-- end figures -->';
const DOCUMENT = new URL('./performance.md', import.meta.url);
const PICTURE = new URL('./performance.svg', import.meta.url);
const RESULTS = new URL('../bench/results/transfer.json', import.meta.url);

/** The document with its figures made anew; the rest stays. */
export function withFigures(document: string, results: BenchResults): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('performance.md has lost the marks around its figures');
  return document.slice(0, begin + BEGIN.length) + figures(results) + document.slice(end);
}

/** The picture of the sweep; `undefined` where there was none. */
export function pictureOf({ sections }: BenchResults): string | undefined {
  return sections.sweep === undefined ? undefined : plotSweep(sections.sweep);
}

export function writePerformance(results: BenchResults): void {
  writeFileSync(DOCUMENT, withFigures(readFileSync(DOCUMENT, 'utf8'), results));
  const picture = pictureOf(results);
  if (picture !== undefined) writeFileSync(PICTURE, picture);
  else if (existsSync(PICTURE)) rmSync(PICTURE);
}

function figures({ sections }: BenchResults): string {
  const { http, https, sweep, throttled, memory, readers, download, verify } = sections;
  return [
    ...(http === undefined ? [] : [copies('HTTP', http)]),
    ...(https === undefined ? [] : [copies('HTTPS both ways', https)]),
    ...(sweep === undefined
      ? []
      : [
          `### Against the size\n\n![Throughput and peak memory against the archive's size](performance.svg)\n\nOver HTTP, medians of ${sweep.rounds} rounds. ${provenance(sweep)}`,
        ]),
    ...(throttled === undefined
      ? []
      : [
          `### A source of ${throttled.bytesPerSecond / 2 ** 20} MiB/s a connection, ${throttled.latencyMs} ms away\n\n${throttledTable(throttled.points)}\n${provenance(throttled)}`,
        ]),
    ...(readers === undefined
      ? []
      : [
          `### Reading alone, ${formatSize(readers.size)} over one connection\n\n${readersTable(readers.readers)}\nMedians of ${readers.rounds} rounds. ${provenance(readers)}`,
        ]),
    ...(memory === undefined
      ? []
      : [`### Memory at ${formatSize(memory.size)}\n\n${memoryTable(memory.points)}\n${provenance(memory)}`]),
    ...(download === undefined ? [] : [copies('HTTP from a bucket into a file', download)]),
    ...(verify === undefined ? [] : [copies('HTTP from a bucket, read back and walked', verify)]),
  ]
    .map((section) => `\n${section}\n`)
    .join('');
}

function copies(how: string, section: CopySection): string {
  const commands = section.copiers.map(({ title, command }) => `${title}:\n    ${command}`).join('\n');
  return [
    `### ${formatSize(section.size)} over ${how}\n`,
    `${copyTable(section.copiers, section.size)}`,
    `Medians of ${section.rounds} rounds. ${provenance(section)}\n`,
    `<details><summary>Commands and versions</summary>\n`,
    `\`\`\`text\n${commands}\n\n${versions(section)}\n\`\`\`\n`,
    `</details>`,
  ].join('\n');
}

function provenance({ takenAt, command, machine }: Taken): string {
  const { cpu, cores, memoryGiB, system, node } = machine;
  return `\`${command}\`, ${takenAt.slice(0, 10)}, on ${cores} cores of ${cpu}, ${memoryGiB} GiB, ${system}, Node ${node}.`;
}

function versions({ versions: all }: Taken): string {
  return Object.entries(all)
    .map(([name, version]) => `${name}: ${version}`)
    .join('\n');
}

if (import.meta.main) writePerformance(JSON.parse(readFileSync(RESULTS, 'utf8')) as BenchResults);
