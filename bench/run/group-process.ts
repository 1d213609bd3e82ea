import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const alive = new Set<GroupProcess>();

// A bench that dies leaves nothing running; 'exit' allows synchronous work only.
process.on('exit', () => {
  for (const each of alive) each.kill('SIGKILL');
});

export interface GroupProcessOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

/**
 * A child in a process group of its own, so that whatever it starts ends with it. Its standard input stays open
 * and empty until this process ends.
 */
export class GroupProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** Exit code; `null` when a signal ended it. */
  readonly exited: Promise<number | null>;
  #stdout = '';
  #stderr = '';
  #isOver = false;

  constructor(command: string, args: readonly string[], options: GroupProcessOptions = {}) {
    this.#child = spawn(command, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'], ...options });
    alive.add(this);
    // It may end before this end of the pipe is closed.
    this.#child.stdin?.on('error', () => {});
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    const { promise, resolve } = Promise.withResolvers<number | null>();
    const end = (code: number | null) => {
      this.#isOver = true;
      alive.delete(this);
      resolve(code);
    };
    this.#child.once('close', end);
    this.#child.once('error', (error) => {
      this.#stderr += `${error.message}\n`;
      end(127);
    });
    this.exited = promise;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The first line of standard output. @throws Error when it ends without one */
  async firstLine(): Promise<string> {
    while (!this.#stdout.includes('\n')) {
      if (this.#isOver || this.#child.stdout === null) throw new Error(`it ended at once: ${this.#stderr}`);
      await Promise.race([once(this.#child.stdout, 'data'), this.exited]);
    }
    return this.#stdout.slice(0, this.#stdout.indexOf('\n'));
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#isOver || this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill('SIGTERM');
    const patience = setTimeout(() => this.kill('SIGKILL'), 5000);
    await this.exited;
    clearTimeout(patience);
  }
}
