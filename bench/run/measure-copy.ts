import { basename } from 'node:path';
import type { Copier, Work } from '../peers/copier.ts';
import type { CopyRun } from '../report/results.ts';
import type { DiscardingStore } from '../servers/discarding-store.ts';
import { quote, runPipeline, type Stage } from './pipeline.ts';
import { cpuSecondsOf, machineCpuSeconds } from './process-cpu.ts';

export interface MeasuredCopy {
  readonly run: CopyRun;
  /** The command, with names for what differs from run to run. */
  readonly command: string;
  readonly stdout: string;
}

export interface Stand {
  readonly store: DiscardingStore;
  /** Process id of the source. */
  readonly sourcePid: number;
  /** For what the copiers leave behind. */
  readonly folder: string;
}

/**
 * Makes one copy and measures it. The peak of a pipe is the sum of its programs' peaks.
 * @throws Error when the copier fails, and when it says that it has not but the object is not there, has another
 *   size, or an unfinished upload is left
 */
export async function measureCopy(
  copier: Copier,
  work: Work,
  { store, sourcePid, folder }: Stand,
  signal: AbortSignal,
): Promise<MeasuredCopy> {
  await store.takeReport();
  const stages = copier.stages(work);
  const { run, stdout } = await measureStages(stages, { source: sourcePid, sink: store.pid }, folder, signal);
  await requireWorkDone(copier, work, store);
  return { run, command: describeCommand(stages, work), stdout };
}

/**
 * Runs a pipe of programs and measures it, beside the servers that it speaks with.
 * @param pids the process ids of the servers
 */
export async function measureStages(
  stages: readonly Stage[],
  pids: { readonly source: number; readonly sink?: number },
  folder: string,
  signal: AbortSignal,
): Promise<Omit<MeasuredCopy, 'command'>> {
  const before = cpuTimes(pids);
  const usage = await runPipeline(stages, folder, signal);
  const after = cpuTimes(pids);
  const user = sum(usage.stages.map((stage) => stage.user));
  const system = sum(usage.stages.map((stage) => stage.system));
  const sourceCpu = after.source - before.source;
  const sinkCpu = after.sink - before.sink;
  const othersCpu = after.machine - before.machine - user - system - sourceCpu - sinkCpu;
  return {
    run: {
      wall: rounded(usage.wall),
      cpu: rounded(user + system),
      peakMiB: rounded(sum(usage.stages.map(({ peakMiB }) => peakMiB))),
      user: rounded(user),
      system: rounded(system),
      sourceCpu: rounded(sourceCpu),
      sinkCpu: rounded(sinkCpu),
      othersCpu: rounded(Math.max(othersCpu, 0)),
    },
    stdout: usage.stdout,
  };
}

function cpuTimes({ source, sink }: { readonly source: number; readonly sink?: number }) {
  return {
    source: cpuSecondsOf(source),
    sink: sink === undefined ? 0 : cpuSecondsOf(sink),
    machine: machineCpuSeconds(),
  };
}

async function requireWorkDone(copier: Copier, { size }: Work, store: DiscardingStore): Promise<void> {
  const { objects, unfinished, received } = await store.takeReport();
  const archives = objects.filter(({ key }) => key.endsWith('.tar.gz'));
  if (archives.length === 1 && archives[0]?.size === size && received >= size && unfinished === 0) return;
  const found = objects.map((object) => `${object.key} (${object.size})`).join(', ') || 'nothing';
  throw new Error(
    `${copier.title}: not one object of ${size} bytes, but ${found}; ${received} bytes received, ${unfinished} unfinished uploads`,
  );
}

/** Programs by their names, and nothing that is true on this machine or for this run only. */
export function describeCommand(
  stages: readonly Stage[],
  { source, wholeSource, store, caFile }: Work,
): string {
  return describeStages(stages, [
    [source, '$SOURCE'],
    [wholeSource, '$SOURCE'],
    [store.endpoint, '$ENDPOINT'],
    [caFile, '$CA'],
  ]);
}

/** @param names what differs from run to run, and what stands for it */
export function describeStages(
  stages: readonly Stage[],
  names: readonly (readonly [value: string | undefined, name: string])[],
): string {
  return stages
    .map(({ command, args }) =>
      [basename(command), ...args.map((arg) => named(arg, names)).map(quote)].join(' '),
    )
    .join(' | ')
    .replaceAll(/'([\w./:-]*\$[A-Z]+[^ ']*)'/g, '$1');
}

function named(arg: string, names: readonly (readonly [string | undefined, string])[]): string {
  for (const [value, name] of names) {
    if (value !== undefined && arg.includes(value)) return arg.replace(value, name);
  }
  // A file of this checkout or another.
  return arg.replace(/^\/.*\/(bin|bench\/peers)\//, '$1/');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
