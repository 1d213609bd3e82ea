import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { recordedCommand, type WayBackOptions } from './command-line.ts';
import { type Downloader, openDownloaders, ourStage } from './peers/downloaders.ts';
import { publish } from './report/publish.ts';
import type { BenchResults, CopySection } from './report/results.ts';
import { copyTable, downloadVerdicts, formatSize, verifyVerdicts } from './report/tables.ts';
import { writeResults } from './report/write-results.ts';
import { describeStages, measureStages } from './run/measure-copy.ts';
import { noteTurn, type Turn, takeTurns } from './run/take-turns.ts';
import { ArchiveStore } from './servers/archive-store.ts';
import { buildProgram, programOf } from './tools/build-program.ts';
import { describeMachine, ourVersion } from './tools/machine.ts';

/**
 * `npm run bench -- download`: ours and the peers bring the same archive from the same server into a file, in turns.
 * `npm run bench -- verify`: ours reads an archive back and walks it, and writes it nowhere.
 */
export async function wayBack(
  options: WayBackOptions,
  args: readonly string[],
  signal: AbortSignal,
): Promise<BenchResults> {
  const { verb, size, rounds } = options;
  // Beside the other things that are large and can be made again.
  const folder = mkdtempSync(join(cacheFolder('way-back'), 'run-'));
  try {
    const program = options.fromSource
      ? programOf(options.checkout)
      : await buildProgram(options.checkout, mkdtempSync(join(folder, 'program-')));
    const own = { program, nodeFlags: options.nodeFlags };
    const peers = await openDownloaders(own, verb === 'download' ? options.peers : []);
    process.stderr.write(`making an archive of ${formatSize(size)}, for its checksum\n`);
    await using store = await ArchiveStore.start(size);
    const copiers =
      verb === 'download'
        ? await downloads(peers.downloaders, { store, size, rounds, folder, signal })
        : await takeTurns(
            [{ id: 'ours', title: 'backup-archiver verify --deep' }],
            rounds,
            () => turn(ourStage(own, store, ['verify', '--deep', 'shop']), store, folder, signal),
            noteTurn,
          );
    const section: CopySection = {
      takenAt: new Date().toISOString(),
      command: recordedCommand(args),
      machine: describeMachine(),
      versions: { 'backup-archiver': await ourVersion(options.checkout), ...peers.versions },
      size,
      rounds,
      copiers,
    };
    process.stdout.write(
      `\n${formatSize(size)}, medians of ${rounds} rounds\n\n${copyTable(copiers, size)}${
        verb === 'download' ? downloadVerdicts(copiers) : verifyVerdicts(copiers, size)
      }`,
    );
    const results: BenchResults = { version: 1, sections: { [verb]: section } };
    if (options.publish) publish(results);
    process.stdout.write(`\nresults: ${writeResults(results, options.out)}\n`);
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Downloads {
  readonly store: ArchiveStore;
  readonly size: number;
  readonly rounds: number;
  readonly folder: string;
  readonly signal: AbortSignal;
}

function downloads(
  downloaders: readonly Downloader[],
  { store, size, rounds, folder, signal }: Downloads,
): Promise<CopySection['copiers']> {
  const file = join(folder, 'archive.tar.gz');
  const measure = async (downloader: Downloader) => {
    const taken = await turn(downloader.stage(store, file), store, folder, signal, file);
    const found = statSync(file, { throwIfNoEntry: false })?.size;
    // Before the next: what is still to be written to the disk is then not written at all.
    rmSync(file, { force: true });
    if (found !== size) throw new Error(`${downloader.title}: ${found ?? 'no'} bytes, and not ${size}`);
    return taken;
  };
  return takeTurns(downloaders, rounds, measure, noteTurn);
}

async function turn(
  stage: ReturnType<typeof ourStage>,
  store: ArchiveStore,
  folder: string,
  signal: AbortSignal,
  file?: string,
): Promise<Turn> {
  const { run } = await measureStages([stage], { source: store.pid }, folder, signal);
  const names = [
    [store.endpoint, '$ENDPOINT'],
    [store.key, '$KEY'],
    [file, '$FILE'],
  ] as const;
  return { run, command: describeStages([stage], names) };
}
