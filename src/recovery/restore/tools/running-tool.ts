import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ArchiverError } from '../../../model/errors.ts';
import { toolMissing } from '../restore-error.ts';
import { type ToolCall, toolEnvironment } from './program.ts';

/** Characters of a line that are kept: the statement that failed may have gigabytes in one. */
const LONGEST_LINE = 2000;

/** Where the lines of a tool go as they come. */
export interface ToolLines {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** How a tool has ended: by a code, or by a signal. */
export interface ToolEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A tool that runs: it takes bytes on its standard input, and says lines. */
export class RunningTool {
  readonly #child: ChildProcess & {
    readonly stdin: Writable;
    readonly stdout: Readable;
    readonly stderr: Readable;
  };
  /** Settles when it has ended and all its lines are out. @throws ArchiverError `restore.tool_missing` */
  readonly ended: Promise<ToolEnd>;
  /** It takes no bytes any more. */
  #isDeaf = false;
  /** It has ended, and all that it started and that could speak. */
  #isOver = false;

  constructor({ program, args, env }: ToolCall, lines: ToolLines) {
    const child = spawn(program, args, {
      env: toolEnvironment(env),
      stdio: ['pipe', 'pipe', 'pipe'],
      // A Ctrl-C is for this program, which then ends its tools in their order. It makes a group of processes too.
      detached: true,
    });
    this.#child = child;
    const isDeaf = () => {
      this.#isDeaf = true;
    };
    // EPIPE: it has ended, and its end says why.
    child.stdin.on('error', isDeaf);
    child.on('exit', isDeaf);
    child.on('error', isDeaf);
    splitLines(child.stdout, lines.out);
    splitLines(child.stderr, lines.err);
    this.ended = new Promise((resolve, reject) => {
      child.on('error', (error: NodeJS.ErrnoException) => reject(startFailure(program, error)));
      child.on('close', (code, signal) => {
        this.#isOver = true;
        resolve({ code, signal });
      });
    });
    // It is awaited when its input is over: until then its failure is no stray one.
    this.ended.catch(() => {});
  }

  /**
   * Gives it bytes, and waits while it has no room for more.
   * @returns whether it takes them: not once it has ended
   */
  async write(bytes: Buffer, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const { stdin } = this.#child;
    if (this.#isDeaf || stdin.destroyed) return false;
    if (stdin.write(bytes)) return true;
    return new Promise((resolve, reject) => {
      const settle = () => {
        for (const event of ['drain', 'close']) stdin.off(event, settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason);
        else resolve(!this.#isDeaf && !stdin.destroyed);
      };
      // Node closes it when the tool has ended.
      for (const event of ['drain', 'close']) stdin.on(event, settle);
      signal.addEventListener('abort', settle, { once: true });
    });
  }

  /** All that it is to have. */
  end(): void {
    this.#child.stdin.end();
  }

  /** Waits for its end once it has all; a signal ends it. @throws ArchiverError `restore.tool_missing`; the signal's reason */
  async finished(signal: AbortSignal): Promise<ToolEnd> {
    this.end();
    const onAbort = () => void this.kill();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const end = await this.ended;
      signal.throwIfAborted();
      return end;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Ends it at once, with the workers that it has started: they hold its output. It restores into a database that is
   * dropped, so that nothing is to be saved.
   */
  async kill(): Promise<void> {
    const { pid } = this.#child;
    // Once it is over, its number may be another group's.
    if (pid !== undefined && !this.#isOver) endGroup(pid);
    await this.ended.catch(() => {});
  }
}

function endGroup(id: number): void {
  try {
    process.kill(-id, 'SIGKILL');
  } catch {
    // ESRCH: its last process has just ended.
  }
}

/** Calls `take` with each line, cut to `LONGEST_LINE`. */
function splitLines(stream: Readable, take: (line: string) => void): void {
  let line = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const [rest = '', ...more] = text.split('\n');
    line = (line + rest).slice(0, LONGEST_LINE);
    for (const next of more) {
      take(line);
      line = next.slice(0, LONGEST_LINE);
    }
  });
  stream.on('end', () => {
    if (line !== '') take(line);
  });
}

function startFailure(program: string, error: NodeJS.ErrnoException): ArchiverError {
  if (error.code === 'ENOENT') return toolMissing([program]);
  return new ArchiverError(
    'restore.tool_missing',
    `${program} cannot be started: ${error.code ?? error.message}`,
    {
      hint: 'Look at its file, and at what the operating system allows this process.',
    },
  );
}
