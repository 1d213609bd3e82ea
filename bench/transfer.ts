import { recordedCommand, type TransferOptions, type Transport } from './command-line.ts';
import { measureMemory } from './memory.ts';
import { openPeers } from './peers/choose-copiers.ts';
import type { Copier } from './peers/copier.ts';
import { type OursOptions, ours } from './peers/ours.ts';
import { measureReaders } from './readers.ts';
import { publish } from './report/publish.ts';
import type { BenchResults, CopySection, Sections, SweepSection, Taken } from './report/results.ts';
import {
  copyTable,
  formatSize,
  memoryTable,
  readersTable,
  throttledTable,
  verdicts,
} from './report/tables.ts';
import { writeResults } from './report/write-results.ts';
import { measureCopy } from './run/measure-copy.ts';
import { noteTurn, takeTurns } from './run/take-turns.ts';
import { archiveFile } from './servers/archive-files.ts';
import { BenchStand } from './stand.ts';
import { measureThrottled } from './throttled.ts';
import { describeMachine, ourVersion } from './tools/machine.ts';

/** Rounds of each size of a sweep. */
const SWEEP_ROUNDS = 3;

/** `npm run bench -- transfer`: measures what was asked for, prints tables, writes the results. */
export async function transfer(
  options: TransferOptions,
  args: readonly string[],
  signal: AbortSignal,
): Promise<BenchResults> {
  const peers = await openPeers(options.peers);
  await using stand = await BenchStand.open();
  const own = await stand.prepareOurs(options);
  const copiers = [
    ours('ours', 'backup-archiver', 'ranges', own),
    ours('ours-whole', 'backup-archiver, source without Range', 'whole', own),
    ...(options.against === undefined ? [] : others(await stand.prepareOurs(options.against))),
    ...peers.copiers,
  ];
  const versions = {
    'backup-archiver': await ourVersion(options.checkout),
    nginx: stand.source.version,
    ...peers.versions,
  };
  const taken = (): Taken => ({
    takenAt: new Date().toISOString(),
    command: recordedCommand(args),
    machine: describeMachine(),
    versions,
  });

  let sections: Sections = {};
  // At once: what was measured outlives a bench that is cut short.
  const keep = (section: Sections) => {
    sections = { ...sections, ...section };
    if (options.publish) publish({ version: 1, sections: section });
  };
  for (const transport of options.transports) {
    const { size, rounds } = options;
    const section: CopySection = {
      ...taken(),
      size,
      rounds,
      copiers: await turns(stand, copiers, size, transport, rounds, signal),
    };
    print(`\n${formatSize(size)} over ${transport.toUpperCase()}, medians of ${rounds} rounds\n`);
    print(copyTable(section.copiers, size));
    print(verdicts(section.copiers));
    keep({ [transport]: section });
  }
  if (options.sweep.length > 0) {
    keep({ sweep: { ...taken(), ...(await sweep(stand, copiers, options.sweep, signal)) } });
  }
  if (options.throttled) {
    const throttled = await measureThrottled(stand, own, signal);
    print(`\nA source of 25 MiB/s a connection\n${throttledTable(throttled.points)}`);
    keep({ throttled: { ...taken(), ...throttled } });
  }
  if (options.readers) {
    const readers = await measureReaders(stand, 'http', signal);
    print(`\n${formatSize(readers.size)} read and thrown away\n${readersTable(readers.readers)}`);
    keep({ readers: { ...taken(), ...readers } });
  }
  if (options.memorySize !== undefined) {
    const memory = await measureMemory(stand, own, options.memorySize, signal);
    print(`\n${formatSize(memory.size)}, once each way\n${memoryTable(memory.points)}`);
    keep({ memory: { ...taken(), ...memory } });
  }

  const results: BenchResults = { version: 1, sections };
  print(`\nresults: ${writeResults(results, options.out)}\n`);
  return results;
}

function others(options: OursOptions): Copier[] {
  return [
    ours('against', 'the other one', 'ranges', options),
    ours('against-whole', 'the other one, source without Range', 'whole', options),
  ];
}

async function sweep(
  stand: BenchStand,
  copiers: readonly Copier[],
  sizes: readonly number[],
  signal: AbortSignal,
): Promise<Omit<SweepSection, keyof Taken>> {
  const points: { size: number; copiers: CopySection['copiers'] }[] = [];
  for (const size of sizes) {
    const results = await turns(stand, copiers, size, 'http', SWEEP_ROUNDS, signal);
    print(`\n${formatSize(size)} over HTTP, medians of ${SWEEP_ROUNDS} rounds\n${copyTable(results, size)}`);
    points.push({ size, copiers: results });
  }
  return { rounds: SWEEP_ROUNDS, points };
}

async function turns(
  stand: BenchStand,
  copiers: readonly Copier[],
  size: number,
  transport: Transport,
  rounds: number,
  signal: AbortSignal,
): Promise<CopySection['copiers']> {
  const work = stand.workFor(await archiveFile(size), size, transport);
  const measure = (copier: Copier) => measureCopy(copier, work, stand.standFor(transport), signal);
  return takeTurns(copiers, rounds, measure, noteTurn);
}

function print(text: string): void {
  process.stdout.write(text);
}
