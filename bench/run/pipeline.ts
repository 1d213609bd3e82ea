import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { requireOnPath } from '../tools/run-tool.ts';
import { GroupProcess } from './group-process.ts';

/** One program of a pipe: its standard output is the next one's standard input. */
export interface Stage {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface StageUsage {
  /** CPU seconds. */
  readonly user: number;
  readonly system: number;
  /** Peak resident set, in MiB. */
  readonly peakMiB: number;
}

export interface PipelineUsage {
  /** Seconds from the start of the first program to the end of the last. */
  readonly wall: number;
  readonly stages: readonly StageUsage[];
  readonly stdout: string;
}

/**
 * Runs a pipe of programs, each below GNU time, which waits for it with wait4(2): what is told is the program's
 * own and that of every child that it has waited for. The shell only lays the pipe; it is not counted.
 * @param folder where the figures are written, for a moment
 * @throws Error with what was printed when a stage fails; the signal's reason
 */
export async function runPipeline(
  stages: readonly Stage[],
  folder: string,
  signal: AbortSignal,
): Promise<PipelineUsage> {
  signal.throwIfAborted();
  const time = requireOnPath('time', 'time');
  const figures = stages.map((_, index) => join(folder, `usage-${index}`));
  const script = stages
    .map(({ command, args, env = {} }, index) =>
      [
        'env',
        ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
        time,
        '--format=%U %S %M',
        `--output=${figures[index]}`,
        command,
        ...args,
      ]
        .map(quote)
        .join(' '),
    )
    .join(' | ');
  for (const file of figures) rmSync(file, { force: true });
  const begun = performance.now();
  await using shell = new GroupProcess('/bin/sh', ['-c', script], {
    env: bareEnvironment(folder),
    cwd: folder,
  });
  const stop = () => shell.kill('SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  await shell.exited;
  const wall = (performance.now() - begun) / 1000;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  const usages = figures.map((file, index) => {
    const usage = readUsage(file);
    if (typeof usage !== 'string') return usage;
    const printed = (shell.stderr + shell.stdout).slice(-4000);
    throw new Error(`${basename(stages[index]?.command ?? '')}: ${usage}\n${printed}`);
  });
  return { wall, stages: usages, stdout: shell.stdout };
}

/** Nothing of this user's own settings: profiles, proxies, credentials. */
function bareEnvironment(home: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', TMPDIR: home };
}

/** A text where the program did not end well: GNU time puts a line about that in front. */
function readUsage(file: string): StageUsage | string {
  if (!existsSync(file)) return 'it was not run';
  const lines = readFileSync(file, 'latin1').trim().split('\n');
  if (lines.length !== 1) return lines[0] ?? '';
  const [user = 0, system = 0, peak = 0] = (lines[0] ?? '').split(' ').map(Number);
  return { user, system, peakMiB: peak / 1024 };
}

/** A word for the shell. */
export function quote(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
