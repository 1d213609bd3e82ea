import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Runs a program to its end.
 * @returns what it printed, standard error after standard output
 * @throws Error with what it printed when it fails
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout, stderr } = await execute(command, args, { maxBuffer: 2 ** 24, ...options });
    return stdout + stderr;
  } catch (error) {
    const printed = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`${command} ${args.join(' ')} failed: ${printed || String(error)}`, { cause: error });
  }
}

/** The first program of that name on the PATH, or `undefined`. */
export function onPath(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, name);
    if (isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** @throws Error naming the Debian package that brings it */
export function requireOnPath(name: string, debianPackage: string): string {
  const found = onPath(name);
  if (found === undefined) {
    throw new Error(
      `${name} is not on the PATH: install it, on Debian with "apt-get install ${debianPackage}"`,
    );
  }
  return found;
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}
