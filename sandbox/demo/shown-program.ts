import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../bin/backup-archiver.mjs', import.meta.url));
/** What a terminal looks like; nothing else of the user's environment: it may hold real keys. */
const PASSED_ON = ['PATH', 'TERM', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR', 'LANG', 'LC_ALL', 'TMPDIR'];

/** By what the demo was stopped, and the exit code that tells of it: 128 and the signal's number. */
const STOPS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type StopSignal = keyof typeof STOPS;

/** The program was stopped by the user. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly signal: StopSignal;
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(`stopped by ${signal}`);
    this.signal = signal;
    this.exitCode = STOPS[signal];
  }
}

/**
 * The real program, run for an audience: on this terminal, in an environment of its own. A signal to this
 * process stops the program as the program wants it, and a second one at once.
 */
export class ShownProgram implements Disposable {
  readonly #environment: Record<string, string>;
  readonly #folder: string;
  readonly #listeners = new Map<NodeJS.Signals, () => void>();
  #child: ChildProcess | undefined;
  #stopped: Stopped | undefined;

  /** @param folder the program's working directory and home */
  constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#environment = { ...environment };
    for (const signal of Object.keys(STOPS) as StopSignal[]) this.#on(signal, () => this.#stop(signal));
    // The program is in a session of its own, where nobody tells it that the window has another size.
    this.#on('SIGWINCH', () => void this.#child?.kill('SIGWINCH'));
    process.on('exit', this.#kill);
  }

  /** Gives what runs from here on one variable more. */
  set(name: string, value: string): void {
    this.#environment[name] = value;
  }

  /** @throws Stopped once a signal has come */
  throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
  }

  /**
   * Runs it to its end, after a line that shows how it is called.
   * @throws Stopped; Error when its exit code is not 0
   */
  async run(...args: readonly string[]): Promise<void> {
    this.throwIfStopped();
    process.stdout.write(`$ backup-archiver ${args.join(' ')}\n`);
    // In a session of its own, or Ctrl-C would reach it twice: from the terminal and from here.
    const child = spawn(process.execPath, [ENTRY, ...args], {
      cwd: this.#folder,
      env: { ...passedOn(), HOME: this.#folder, ...this.#environment },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    this.#child = child;
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    this.#child = undefined;
    this.throwIfStopped();
    if (code !== 0) throw new Error(`backup-archiver ${args[0]} ended with ${signal ?? `exit code ${code}`}`);
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
    process.off('exit', this.#kill);
    this.#kill();
  }

  #on(signal: NodeJS.Signals, listener: () => void): void {
    this.#listeners.set(signal, listener);
    process.on(signal, listener);
  }

  #stop(signal: StopSignal): void {
    if (this.#stopped === undefined) this.#child?.kill(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    else this.#kill();
    this.#stopped ??= new Stopped(signal);
  }

  readonly #kill = (): void => void this.#child?.kill('SIGKILL');
}

function passedOn(): Record<string, string | undefined> {
  return Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]]));
}
