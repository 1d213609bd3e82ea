import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server that runs as a child process. */
export interface ServerProcess {
  readonly child: ChildProcess;
  /** The last of what it printed, for error messages. */
  output(): string;
  /** Settles when the process is gone. */
  readonly exited: Promise<void>;
}

const OUTPUT_KEPT = 8000;
const STOP_PATIENCE_MS = 10_000;
const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;
const running = new Set<ChildProcess>();

// A test runner that dies must not leave servers behind; 'exit' allows synchronous work only.
process.on('exit', () => {
  for (const child of running) killGroup(child, 'SIGKILL');
});

/**
 * The path of a program: the environment variable if set, else the first on PATH.
 * @throws Error naming `install`, the command that brings it
 */
export function findBinary(variable: string, name: string, install: string): string {
  const chosen = process.env[variable];
  const candidates =
    chosen === undefined || chosen === ''
      ? (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))
      : [chosen];
  for (const candidate of candidates) {
    if (isExecutable(candidate)) return candidate;
  }
  const where = chosen === undefined || chosen === '' ? 'on the PATH' : `at ${variable}=${chosen}`;
  throw new Error(`${name} was not found ${where}. Install it with: ${install} (or set ${variable}).`);
}

/** Starts a program in a process group of its own, its output kept for error messages. */
export function launch(binary: string, args: readonly string[], env: NodeJS.ProcessEnv): ServerProcess {
  const child = spawn(binary, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      output += `\n${error.message}`;
      running.delete(child);
      resolve();
    });
    child.once('exit', () => {
      running.delete(child);
      resolve();
    });
  });
  return { child, output: () => output, exited };
}

/**
 * Ends the process and waits until it is gone: with `SIGTERM`, its whole group is killed if it has not
 * ended within ten seconds; with `SIGKILL`, at once.
 */
export async function stop(server: ServerProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  killGroup(server.child, signal);
  const timer = setTimeout(() => killGroup(server.child, 'SIGKILL'), STOP_PATIENCE_MS);
  await server.exited;
  clearTimeout(timer);
}

/**
 * Waits until a server answers, and asks it ten times a second.
 * @param ask fails while it does not
 * @throws Error with what the server has printed, once it is gone or a minute is over
 */
export async function untilReady(
  name: string,
  { child, output }: ServerProcess,
  ask: () => Promise<unknown>,
): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      await ask();
      return;
    } catch (why) {
      if (child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`${name} did not become ready (${String(why)}):\n${output()}`);
      }
    }
    await sleep(ASK_EVERY_MS);
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
