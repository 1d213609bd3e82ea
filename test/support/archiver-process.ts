import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** One line of the log. */
export interface LogLine {
  readonly event: string;
  readonly level: string;
  readonly database?: string;
  readonly [field: string]: unknown;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of stdout, or of stderr where stdout is a response. */
  readonly events: readonly LogLine[];
}

/** The program itself as its users run it: a real process, its own arguments and environment. */
export class ArchiverProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly #exit: Promise<unknown[]>;
  readonly #listeners = new Set<() => void>();
  #stdout = '';
  #stderr = '';

  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>>,
    nodeOptions: readonly string[] = [],
    /** Where stdout goes: a descriptor, which is closed here. Default: it is read. */
    stdout: number | 'pipe' = 'pipe',
    /** The same for stderr. */
    stderr: number | 'pipe' = 'pipe',
  ) {
    this.child = spawn(process.execPath, [...nodeOptions, ENTRY, ...args], {
      // Nothing of this machine's own settings: what a test does not set is unset.
      env: {
        PATH: process.env.PATH,
        NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        ...env,
      },
      cwd: fileURLToPath(new URL('../fixtures/empty', import.meta.url)),
      stdio: ['ignore', stdout, stderr],
    });
    for (const end of [stdout, stderr]) if (typeof end === 'number') closeSync(end);
    this.child.stdout
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#heard(() => (this.#stdout += text)));
    this.child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => this.#heard(() => (this.#stderr += text)));
    this.#exit = once(this.child, 'close');
    this.#exit.then(() => this.#heard(() => {})).catch(() => {});
  }

  /** Resolves with the first line of that event, or with the `nth`. @throws Error when the process ends without it */
  async event(name: string, matches: (line: LogLine) => boolean = () => true, nth = 1): Promise<LogLine> {
    for (;;) {
      const line = [...linesOf(this.#stdout), ...linesOf(this.#stderr)].filter(
        (each) => each.event === name && matches(each),
      )[nth - 1];
      if (line !== undefined) return line;
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the process ended without ${name}:\n${this.#stdout}\n${this.#stderr}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#listeners.add(resolve);
      await promise;
      this.#listeners.delete(resolve);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async finished(): Promise<Finished> {
    const [code] = await this.#exit;
    const events = [...linesOf(this.#stdout), ...linesOf(this.#stderr)];
    return { code: code as number | null, stdout: this.#stdout, stderr: this.#stderr, events };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.#exit;
  }

  #heard(take: () => void): void {
    take();
    for (const listener of this.#listeners) listener();
  }
}

function linesOf(text: string): LogLine[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}
