import { fileURLToPath } from 'node:url';
import type { Transport } from './command-line.ts';
import { NODE_FLAGS } from './peers/ours.ts';
import type { ReaderResult, ReadersSection, Taken } from './report/results.ts';
import { medianFigures } from './report/statistics.ts';
import { runPipeline, type Stage } from './run/pipeline.ts';
import { archiveFile } from './servers/archive-files.ts';
import type { BenchStand } from './stand.ts';
import { requireOnPath } from './tools/run-tool.ts';
import { installUndici, UNDICI_VERSION } from './tools/undici.ts';

const GiB = 2 ** 30;
const ROUNDS = 5;

interface Reader {
  readonly id: string;
  readonly title: string;
  /** @param undici the folder of undici's package */
  stage(url: string, caFile: string | undefined, undici: string): Stage;
}

const READERS: readonly Reader[] = [
  inNode('bulk', 'ours'),
  inNode('got-stream', "got's stream"),
  inNode('http-get', "Node's http.get"),
  inNode('fetch', "Node's fetch"),
  inNode('undici-request', `request of undici ${UNDICI_VERSION}`),
  {
    id: 'curl',
    title: 'curl',
    stage: (url, caFile) => ({
      command: requireOnPath('curl', 'curl'),
      args: ['--silent', '--fail', '--output', '/dev/null', '--write-out', '%{size_download}\\n', url].concat(
        caFile === undefined ? [] : ['--cacert', caFile],
      ),
    }),
  },
];

/** What it costs to read an archive over one connection and throw it away, by each of these, in turns. */
export async function measureReaders(
  stand: BenchStand,
  transport: Transport,
  signal: AbortSignal,
): Promise<Omit<ReadersSection, keyof Taken>> {
  const work = stand.workFor(await archiveFile(GiB), GiB, transport);
  const undici = await installUndici();
  const results = READERS.map((reader) => ({ reader, runs: [] as ReaderResult['runs'][number][] }));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const { reader, runs } of results) {
      const { wall, stages, stdout } = await runPipeline(
        [reader.stage(work.source, work.caFile, undici)],
        stand.folder,
        signal,
      );
      if (Number(stdout) !== GiB) throw new Error(`${reader.title} read ${stdout.trim()} bytes, not ${GiB}`);
      const [{ user, system, peakMiB } = { user: 0, system: 0, peakMiB: 0 }] = stages;
      if (round > 0) runs.push({ wall, cpu: user + system, peakMiB });
    }
  }
  const readers = results.map(({ reader: { id, title }, runs }) => ({
    id,
    title,
    runs,
    median: medianFigures(runs),
  }));
  return { transport, size: GiB, rounds: ROUNDS, readers };
}

function inNode(id: string, title: string): Reader {
  const program = fileURLToPath(new URL(`readers/${id}.ts`, import.meta.url));
  return {
    id,
    title,
    stage: (url, caFile, undici) => ({
      command: process.execPath,
      args: [...NODE_FLAGS, program, url],
      env: { UNDICI: undici, ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile }) },
    }),
  };
}
