import { syntheticArchive } from '../sandbox/archive/synthetic-archive.ts';
import { SimulatedScalingo } from '../sandbox/scalingo/simulated-scalingo.ts';
import { type OursOptions, ours } from './peers/ours.ts';
import type { Taken, ThrottledPoint, ThrottledSection } from './report/results.ts';
import { measureCopy } from './run/measure-copy.ts';
import { ScalingoFront } from './servers/scalingo-front.ts';
import type { BenchStand } from './stand.ts';

const MiB = 2 ** 20;
const BYTES_PER_SECOND = 25 * MiB;
const LATENCY_MS = 40;
const CONCURRENCIES = [1, 4, 8] as const;
/** Whole parts for each connection, so that none of them has the last one to itself: 10 s at full speed. */
const PARTS_EACH = 8;
const PART_SIZE = 32 * MiB;

/**
 * Copies from a source that gives each connection 25 MiB/s and lets each request wait for 40 ms, as object
 * stores do over a long line. The sandbox serves it from this process: nginx's `limit_rate` counts in whole
 * seconds from the beginning of a request, and so gives a part of 32 MiB far more than its rate.
 */
export async function measureThrottled(
  stand: BenchStand,
  options: OursOptions,
  signal: AbortSignal,
): Promise<Omit<ThrottledSection, keyof Taken>> {
  const points: ThrottledPoint[] = [];
  for (const concurrency of CONCURRENCIES) {
    points.push(await measurePoint(stand, options, concurrency, signal));
  }
  return { bytesPerSecond: BYTES_PER_SECOND, latencyMs: LATENCY_MS, points };
}

async function measurePoint(
  stand: BenchStand,
  options: OursOptions,
  concurrency: number,
  signal: AbortSignal,
): Promise<ThrottledPoint> {
  const size = concurrency * PARTS_EACH * PART_SIZE;
  await using scalingo = await SimulatedScalingo.start();
  const database = scalingo.addDatabase({ app: 'slow', archive: syntheticArchive({ size }) });
  database.download = { bytesPerSecond: BYTES_PER_SECOND, latencyMs: LATENCY_MS };
  database.addBackup();
  await using front = ScalingoFront.of(scalingo, database);
  const copier = ours('ours', 'backup-archiver', 'ranges', {
    ...options,
    front,
    env: { S3_CONCURRENCY: String(concurrency) },
  });
  const { run, stdout } = await measureCopy(
    copier,
    stand.workFor('', size, 'http'),
    stand.standFor('http'),
    signal,
  );
  const copy = copySeconds(stdout);
  const fraction = size / copy / (concurrency * BYTES_PER_SECOND);
  return { concurrency, size, copy, run, fraction, connections: scalingo.peakDownloads };
}

/** What `archive.completed` says that the copy and its proof took. */
function copySeconds(log: string): number {
  const line = log.split('\n').find((each) => each.includes('"archive.completed"'));
  const { durationMs } = JSON.parse(line ?? '{}') as { durationMs?: unknown };
  if (typeof durationMs !== 'number') throw new Error(`no archive.completed in the log:\n${log}`);
  return durationMs / 1000;
}
