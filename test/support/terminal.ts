import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What a program on a terminal wrote, and how it ended. */
export interface Recorded {
  readonly code: number | null;
  /** All that it wrote to the terminal, stdout and stderr in their order, escape sequences included. */
  readonly written: string;
}

/**
 * Runs the program on a pseudo-terminal of so many columns, by `script` of util-linux.
 * @param env besides it, nothing but what a terminal sets
 */
export async function recordOnTerminal(
  args: readonly string[],
  columns: number,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Recorded> {
  const quoted = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const command = `stty columns ${columns} rows 40; exec ${quoted.join(' ')}`;
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', SHELL: '/bin/sh', ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let written = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
  const [code] = await once(child, 'close');
  return { code: code as number | null, written };
}
