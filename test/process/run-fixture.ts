import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves when standard output has shown `text`; rejects when the process ends without. */
  printed(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Starts a fixture of this folder in a process of its own, on the Node that runs the tests. */
export function runFixture(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Running {
  const file = fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
  return runNode([file, ...args], env);
}

export function runNode(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  node = process.execPath,
): Running {
  const child = spawn(node, args, { env: { ...process.env, ...env } });
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const watch of watchers) watch();
    });
  }
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, ...output }));
  const printed = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const watch = () => {
        if (!output.stdout.includes(text)) return;
        watchers.delete(watch);
        resolve();
      };
      watchers.add(watch);
      watch();
      ended.then(
        () => reject(new Error(`ended without "${text}":\n${output.stdout}\n${output.stderr}`)),
        reject,
      );
    });
  return { child, printed, ended };
}

/** The events of a JSON log, every line of which must be JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Record<string, unknown> => JSON.parse(line));
}
